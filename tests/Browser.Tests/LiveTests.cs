using Debci.Playground;
using static Microsoft.Playwright.Assertions;

namespace Debci.Browser.Tests;

/// <summary>Two browsers, one server, one worker: what one does the other sees, without a reload.</summary>
public sealed class LiveTests(Chromium chromium) : IClassFixture<Chromium>
{
    private const string Scenario = """
        {"hello": {"version": "2.10-3", "sleepSeconds": 3, "log": ["autopkgtest [12:00:00]: starting", "autopkgtest [12:00:01]: test smoke: [-----------------------", "it begins"],
            "logAfter": ["it ends", "autopkgtest [12:00:09]: @@@@@@@@@@@@@@@@@@@@ summary", "command1             PASS"]}}
        """;

    [BrowserFact]
    public async Task A_run_is_asked_for_in_one_browser_and_its_log_grows_there_and_it_ends_on_the_pages_of_another()
    {
        var server = chromium.Server;
        var britney = server.Client(server.RequestKey);
        using (var first = new FakeWorker(server, """{"hello": {"version": "2.10-2", "exitCode": 4}}"""))
        {
            var (old, _) = await britney.Request("hello");
            await Eventually.True("an older result is there", async () => $"{await britney.Data($"{{ run(id: {old[0]}) {{ status }} }}")}".Contains("FAIL", StringComparison.Ordinal));
        }
        var home = await chromium.Open("/");
        var package = await home.Context.NewPageAsync();
        await package.GotoAsync("/packages/hello");
        var suite = await home.Context.NewPageAsync();
        await suite.GotoAsync("/suites/testing/amd64");
        await Expect(package.Locator("#results")).ToContainTextAsync("2.10-2");
        var one = await chromium.Open("/packages/hello");

        var id = await one.EvaluateAsync<string>("""
            async key => (await (await fetch("/graphql", { method: "POST", headers: { "Content-Type": "application/json", Authorization: "Bearer " + key },
                body: JSON.stringify({ query: 'mutation { requestRuns(input: {tests: [{package: "hello", suite: "testing", arch: "amd64"}]}) { ... on BatchAccepted { runs } } }' }) })).json()).data.requestRuns.runs[0]
            """, server.RequestKey);
        await Expect(one.Locator($"#queued-{id}")).ToContainTextAsync("pending"); // without a reload
        await one.GotoAsync($"/runs/{id}");
        using var worker = new FakeWorker(server, Scenario);

        await Expect(home.Locator("#running")).ToContainTextAsync("hello");
        await Expect(one.Locator("#verdict")).ToContainTextAsync("running", new() { Timeout = 20_000 });
        await Expect(one.Locator("#log")).ToContainTextAsync("it begins", new() { Timeout = 20_000 });
        await Expect(one.Locator("#log")).Not.ToContainTextAsync("it ends");
        await Expect(one.Locator("#log")).ToContainTextAsync("it ends", new() { Timeout = 20_000 });
        await Expect(one.Locator("#verdict")).ToContainTextAsync("pass");
        await Expect(one.Locator("#tests")).ToContainTextAsync("command1");

        await Expect(package.Locator("#results")).ToContainTextAsync("2.10-3");
        await Expect(package.Locator("#results")).ToContainTextAsync("pass");
        await Expect(suite.Locator("#package-hello")).ToContainTextAsync("2.10-3");
        await Expect(home.Locator($"#newest-{id}")).ToContainTextAsync("pass");
        await Expect(home.Locator("#suites")).ToContainTextAsync("1 pass, 0 fail");
        Assert.Empty(chromium.Complaints);
    }

    [BrowserFact]
    public async Task Packages_are_found_as_one_types()
    {
        var server = chromium.Server;
        using var worker = new FakeWorker(server, "{}");
        var (runs, _) = await server.Client(server.RequestKey).Request("libtry-tiny-perl");
        await Eventually.True("it is tested", async () => $"{await server.Client().Data($"{{ run(id: {runs[0]}) {{ status }} }}")}".Contains("PASS", StringComparison.Ordinal));
        var page = await chromium.Open("/");

        await page.Locator("#q").PressSequentiallyAsync("tiny");
        await page.Locator("#found a").ClickAsync();

        await Expect(page.Locator("h1")).ToHaveTextAsync("libtry-tiny-perl");
    }
}
