using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Debci.Browser.Tests;

/// <summary>The pages below <c>/status</c>, of a suite with a past of four months.</summary>
public sealed class StatisticsTests(StatisticsTests.World world) : IClassFixture<StatisticsTests.World>
{
    private static readonly string[] Pages =
        ["/status?suite=testing", "/status?suite=unstable", "/status/failing?suite=testing", "/status/platform-specific-issues?suite=testing", "/status/slow?suite=testing", "/status/tmpfails"];

    /// <summary>Thirty packages on two architectures, most of which pass; brought from elsewhere.</summary>
    public sealed class World : IAsyncLifetime
    {
        private readonly Random chance = new(7);
        private long runs;

        public Chromium Chromium { get; } = new();

        public async Task InitializeAsync()
        {
            await Chromium.InitializeAsync();
            var today = new DateTimeOffset(DateTime.UtcNow.Date, TimeSpan.Zero);
            var stored = await Task.WhenAll(Enumerable.Range(0, 120).SelectMany(day => Enumerable.Range(0, 5).Select(_ => Add(today.AddDays(day - 119)))));
            Assert.True(await Chromium.Server.Get<ReadPosition>().WaitFor(stored.Max(), TimeSpan.FromSeconds(20)));
        }

        public Task DisposeAsync() => Chromium.DisposeAsync();

        private async Task<long> Add(DateTimeOffset at)
        {
            var (number, arch) = (chance.Next(30), chance.Next(3) == 0 ? "arm64" : "amd64");
            var (status, cause, message) = chance.Next(20) switch
            {
                0 or 1 => (Status.Fail, (Cause?)null, "Tests failed"),
                2 when number % 3 == 0 => (Status.Neutral, null, "No tests in this package or all skipped"),
                3 => (Status.Tmpfail, (Cause?)chance.Next(9), "Could not run tests due to a temporary testbed failure: the testbed went away while a file was copied to it"),
                _ => number == 4 && arch == "arm64" ? (Status.Fail, null, "Tests failed, and at least one test skipped") : (Status.Pass, null, "All tests passed"),
            };
            var key = new RunKey(++runs, number == 4 ? "golang-github-pkg-errors" : $"lib{(char)('a' + (number % 20))}thing{number}-perl", "testing", arch, false);
            var report = new Report(at, 0, [], 0, false, 0, Version: $"{chance.Next(1, 9)}.{chance.Next(30)}-1") with { DurationSeconds = chance.Next(10, 9000) };
            var finished = new RunEvent.Finished(key, 1, "ci-worker-01", status, message, false, [], Guid.Empty.ToString(), report, cause);
            var events = new CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid()).Events([new RunEvent.Imported(finished, at, at, [], [])]);
            return (await Chromium.Server.Get<IEventLog>().Append(Streams.Run(key.Id), 0, events)).Position;
        }
    }

    [BrowserFact]
    public async Task Axe_finds_nothing_and_nothing_is_wider_than_its_window_light_or_dark_wide_or_narrow()
    {
        // DEBCI_PICTURES names a folder that keeps what was seen.
        var pictures = Environment.GetEnvironmentVariable("DEBCI_PICTURES");
        var options = new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } };
        foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1280), (ColorScheme.Dark, 1280), (ColorScheme.Light, 360) })
        {
            foreach (var address in Pages)
            {
                var page = await world.Chromium.Open(address, scheme, width);
                var found = await page.RunAxe(options);
                Assert.True(found.Violations.Length == 0, $"{address} {scheme} {width}: " + string.Join("\n", found.Violations.Select(
                    v => $"{v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => $"{n.Html} {string.Join(',', n.Any.Select(c => c.Message))}"))}")));
                Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"), $"{address} is wider than a window of {width}");
                if (pictures is not null)
                    await page.ScreenshotAsync(new() { Path = Path.Combine(pictures, $"{address.Split('?')[0].Replace('/', '-')[1..]}-{address.Length}-{scheme}-{width}.png") });
                await page.Context.CloseAsync();
            }
        }
        Assert.Empty(world.Chromium.Complaints);
    }

    [BrowserFact]
    public async Task The_controls_and_the_tables_behind_the_charts_work_without_any_script()
    {
        var page = await world.Chromium.Open("/status", script: false);
        await page.GetByLabel("Suite").SelectOptionAsync("testing");
        await page.GetByLabel("Time").SelectOptionAsync("30");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Expect(page.Locator("#days-amd64")).Not.ToBeVisibleAsync();
        await page.GetByText("The numbers of each day").First.ClickAsync();
        await Expect(page.Locator("#days-amd64 tbody tr")).ToHaveCountAsync(30);
        await page.GetByRole(AriaRole.Navigation, new() { Name = "Status" }).GetByText("Tmpfails").ClickAsync();
        await page.GetByText("timed out").First.ClickAsync();
        await Expect(page.Locator("#tmpfails-title")).ToHaveTextAsync("Runs: timed out");
        Assert.Empty(world.Chromium.Complaints);
    }

    [BrowserFact]
    public async Task A_chart_fills_its_place_with_areas_that_can_be_told_apart()
    {
        var page = await world.Chromium.Open("/status?suite=testing");
        var (plot, pass) = (page.Locator("#chart-amd64 svg"), page.Locator("#chart-amd64 path.pass"));
        var (place, area) = ((await plot.BoundingBoxAsync())!, (await pass.BoundingBoxAsync())!);
        Assert.InRange(area.Width / place.Width, 0.99, 1.01);
        Assert.InRange(area.Height / place.Height, 0.3, 1);
        Assert.NotEqual(await Fill("pass"), await Fill("fail"));

        Task<string> Fill(string status) => page.Locator($"#chart-amd64 path.{status}").EvaluateAsync<string>("p => getComputedStyle(p).fill");
    }
}
