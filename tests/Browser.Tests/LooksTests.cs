using System.Net.Http.Json;
using System.Text.Json;
using Debci.Playground;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace Debci.Browser.Tests;

/// <summary>Every page, light and dark, wide and on a phone: readable by everybody, whole without its script, and by the policy.</summary>
public sealed class LooksTests : IClassFixture<LooksTests.World>
{
    private readonly Chromium chromium;
    private readonly World world;

    public LooksTests(World world) => (this.world, chromium) = (world, world.Chromium);

    /// <summary>A believable archive: forty packages with results, one run that goes on, a few that wait, and a log with everything in it.</summary>
    public sealed class World : IAsyncLifetime
    {
        private const string Log = "autopkgtest [15:22:01]: starting\nautopkgtest [15:22:02]: test evil: [-----------------------\n<script>document.title = 'taken'</script></pre>\n"
            + "\e[31mred\e[0m \e[1;32mgreen\e[0m \e[33myellow\e[34mblue\e[35mmagenta\e[36mcyan\e[0m \e[7minverse\e[0m \e[41mon red\e[0m \e[93;100mon grey\e[0m\n"
            + "autopkgtest [15:22:14]: @@@@@@@@@@@@@@@@@@@@ summary\nevil PASS\n";
        private static readonly string[] Names =
        [
            "apt", "bash", "cargo", "dash", "ed", "figlet", "gzip", "hello", "iproute2", "jq", "less", "memcached", "nano", "openssl", "perl", "python3-defaults",
            "sed", "systemd", "tzdata", "vim", "wget", "xz-utils", "zlib", "libtry-tiny-perl", "golang-github-pkg-errors",
        ];

        public Chromium Chromium { get; } = new();

        /// <summary>A run whose log has everything in it.</summary>
        public long Evil { get; private set; }

        /// <summary>A position at which half of it had happened.</summary>
        public string Moment { get; private set; } = "";

        /// <summary>A run with a real log.</summary>
        public long Figlet { get; private set; }

        public async Task InitializeAsync()
        {
            await Chromium.InitializeAsync();
            var (britney, worker) = (Chromium.Server.Client(Chromium.Server.RequestKey), Chromium.Server.Client(Chromium.Server.ReportKey));
            var chance = new Random(4);
            var tests = from suite in new[] { "testing", "unstable" } from arch in new[] { "amd64", "arm64" } from package in Names
                where chance.Next(8) > 0 select new { package, suite, arch, triggers = new[] { $"glibc/2.41-{chance.Next(1, 9)}" } };
            await britney.Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on Refused { message } } }", new { t = tests.OrderBy(_ => chance.Next()) });
            for (var i = 0; i < 80; i++)
            {
                await Finish(worker, i, chance);
                if (i == 40)
                    Moment = (await britney.Data("{ server { head } }")).GetProperty("server").GetProperty("head").GetString()!;
            }
            await Claim(worker, "ci-worker-07");
            await Claim(worker, "ci-worker-08");
            await Eventually.True("runs go on", async () => $"{await britney.Data("{ queue { nodes { state } } }")}".Contains("RUNNING", StringComparison.Ordinal));
        }

        public Task DisposeAsync() => Chromium.DisposeAsync();

        private static async Task<JsonElement> Claim(HttpClient worker, string name)
        {
            using var answer = await worker.PostAsJsonAsync("/worker/v1/claim", new
            { claim = Guid.NewGuid(), worker = name, arches = new[] { "amd64", "arm64" }, backends = new[] { "fake" }, software = "debci-worker 0.1.0", waitSeconds = 30 });
            return await answer.Content.ReadFromJsonAsync<JsonElement>();
        }

        private async Task Finish(HttpClient worker, int number, Random chance)
        {
            var name = $"ci-worker-0{number % 7}";
            var claimed = await Claim(worker, name);
            var (run, package) = (claimed.GetProperty("run").GetInt64(), claimed.GetProperty("package").GetString());
            var log = package == "figlet" ? await File.ReadAllTextAsync(Repository.Path("tests/Api.Tests/Pages/Samples/figlet.txt")) : Log;
            await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker={name}&offset=0", new StringContent(log));
            var (code, summary) = package == "figlet" ? (4, "upstream-test-suite FAIL non-zero exit status 2\n") : chance.Next(10) switch
            {
                < 8 => (0, "evil PASS\nsmoke PASS\n"), < 9 => (4, "evil FAIL non-zero exit status 1\nsmoke PASS\n"), _ => (8, "* SKIP no tests in this package\n"),
            };
            using var answer = await worker.Report(run, worker: name, exitCode: code, summary: summary,
                version: package == "figlet" ? "figlet 2.2.5-3" : $"{package} {number}.{chance.Next(30)}-{chance.Next(1, 5)}", logSize: log.Length);
            answer.EnsureSuccessStatusCode();
            (Evil, Figlet) = package == "figlet" ? (Evil, run) : (run, Figlet);
        }
    }

    private string[] Pages =>
        ["/", "/packages/sed", "/packages/sed/testing/amd64", "/suites/testing/amd64", $"/runs/{world.Evil}", "/queue", "/workers", "/search?q=li", "/packages/seed", "/nothing",
            .. new[] { "/suites/testing/amd64", "/packages/sed", "/packages/sed/testing/amd64", "/queue" }.Select(address => $"{address}?asOf={world.Moment}")];

    [BrowserFact]
    public async Task Axe_finds_nothing_that_would_keep_anybody_out_light_or_dark_wide_or_narrow()
    {
        var options = new AxeRunOptions { RunOnly = new RunOnlyOptions { Type = "tag", Values = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] } };
        foreach (var (scheme, width) in new[] { (ColorScheme.Light, 1280), (ColorScheme.Dark, 1280), (ColorScheme.Light, 360) })
        {
            foreach (var address in Pages)
            {
                var page = await chromium.Open(address, scheme, width);
                var found = await page.RunAxe(options);
                Assert.True(found.Violations.Length == 0, $"{address} {scheme} {width}: " + string.Join("\n", found.Violations.Select(
                    v => $"{v.Id}: {v.Help}: {string.Join(" | ", v.Nodes.Take(3).Select(n => $"{n.Html} {string.Join(',', n.Any.Select(c => c.Message))}"))}")));
                Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > innerWidth"), $"{address} is wider than a window of {width}");
                await page.Context.CloseAsync();
            }
        }
        Assert.Empty(chromium.Complaints);
    }

    [BrowserFact]
    public async Task Without_its_script_a_page_is_whole_and_a_log_can_be_read()
    {
        var page = await chromium.Open($"/runs/{world.Evil}", script: false);
        await Expect(page.Locator("#L3")).ToContainTextAsync("<script>document.title = 'taken'</script></pre>");
        await page.Locator("#log details").First.Locator("summary").ClickAsync();
        await page.GetByText("Show its lines").First.ClickAsync();
        await Expect(page.Locator("#L1")).ToContainTextAsync("starting");
        Assert.StartsWith("Run ", await page.TitleAsync(), StringComparison.Ordinal);
    }

    [BrowserFact]
    public async Task A_folded_section_gets_its_lines_when_it_is_opened_and_a_link_to_a_line_opens_it()
    {
        var page = await chromium.Open($"/runs/{world.Evil}");
        await page.Locator("#log summary").First.ClickAsync();
        await Expect(page.Locator("#L1")).ToContainTextAsync("starting");
        var linked = await chromium.Open($"/runs/{world.Evil}#L1");
        await Expect(linked.Locator("#L1")).ToBeInViewportAsync();
        await linked.Keyboard.PressAsync("Tab"); // by keyboard: the first stop is the way past the header
        await Expect(page.Locator("body")).Not.ToBeEmptyAsync();
        Assert.Empty(chromium.Complaints);
    }

    [BrowserFact]
    public async Task The_date_control_leads_to_a_moment_and_back_without_any_script()
    {
        var page = await chromium.Open("/suites/testing/amd64?status=pass", script: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Look back" }).ClickAsync(); // as of now, which the control begins with
        await Expect(page.Locator("#moment")).ToContainTextAsync("As of");
        await page.Locator("#packages tbody a").First.ClickAsync();
        await Expect(page.Locator("#moment")).ToContainTextAsync("what came later does not show");
        await page.GetByText("Back to now").ClickAsync();
        await Expect(page.Locator("#moment")).ToHaveCountAsync(0);
        Assert.Empty(chromium.Complaints);
    }

    [BrowserFact]
    public async Task A_package_leads_to_its_news_and_its_badge_is_a_picture_whose_words_fit()
    {
        var page = await chromium.Open("/packages/sed");
        var news = await page.GetByText("News as Atom").GetAttributeAsync("href");
        Assert.Equal(news, await page.Locator("link[rel=alternate]").GetAttributeAsync("href"));
        Assert.Contains("<title>sed: news of its tests</title>", await chromium.Server.Client().GetStringAsync(news), StringComparison.Ordinal);
        var badge = await chromium.Open("/badges/packages/sed/testing/amd64.svg");
        foreach (var text in await badge.Locator("text").AllAsync())
            Assert.True(await text.EvaluateAsync<bool>("t => { const b = t.getBBox(), natural = (t.removeAttribute('textLength'), t.getComputedTextLength()); return b.x >= 0 && b.x + b.width <= t.ownerSVGElement.width.baseVal.value && Math.abs(natural - b.width) < 0.25 * b.width; }"));
        Assert.Empty(chromium.Complaints);
    }

    [BrowserFact]
    public async Task Pictures_are_made()
    {
        // DEBCI_PICTURES names a folder that keeps them; the README's are made so.
        var kept = Environment.GetEnvironmentVariable("DEBCI_PICTURES");
        var folder = kept ?? Directory.CreateTempSubdirectory("debci-pictures-").FullName;
        (string Name, string Address, ColorScheme Scheme, int Width, int Height)[] wanted =
        [
            ("home", "/", ColorScheme.Light, 1100, 760), ("home-dark", "/", ColorScheme.Dark, 1100, 760), ("run", $"/runs/{world.Figlet}", ColorScheme.Light, 1100, 820),
            ("suite", "/suites/testing/amd64", ColorScheme.Light, 1100, 760), ("past", $"/suites/testing/amd64?asOf={world.Moment}", ColorScheme.Light, 1100, 760),
            ("past-queue", $"/queue?asOf={world.Moment}", ColorScheme.Dark, 1100, 760), ("past-phone", $"/packages/sed?asOf={world.Moment}", ColorScheme.Light, 390, 760), ("phone", "/", ColorScheme.Light, 390, 760),
        ];
        foreach (var (name, address, scheme, width, height) in wanted)
        {
            var page = await chromium.Open(address, scheme, width, height);
            var picture = await page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png") });
            Assert.True(picture.Length > 10_000, $"{name} is empty");
        }
        if (kept is null)
            Directory.Delete(folder, recursive: true);
    }
}
