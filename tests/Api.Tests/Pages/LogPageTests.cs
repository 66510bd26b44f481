using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Pages;

/// <summary>Logs on pages: parted, cut, fetched by lines, and harmless whatever they hold.</summary>
public sealed class LogPageTests : IAsyncLifetime
{
    private const string Hostile = "<script>alert(1)</script>\n</pre></ol></details><h1>x</h1>\n]]>\e[31mred\0\n";
    private Server server = null!;
    private HttpClient anybody = null!;

    public async Task InitializeAsync() => (server, anybody) = (await Server.Start(), null!);

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task A_real_log_is_parted_as_autopkgtest_parts_it()
    {
        var run = await Run(await File.ReadAllBytesAsync(Repository.Path("tests/Api.Tests/Pages/Samples/figlet.txt")));
        var page = await anybody.Visit($"/runs/{run}");

        Assert.Equal(
            ["start", "apt-source figlet", "upstream-test-suite: preparing testbed", "upstream-test-suite: output", "upstream-test-suite: results", "upstream-test-suite: stderr", "summary"],
            page.Page.QuerySelectorAll("#log summary").Select(s => s.FirstChild!.TextContent.Trim()));
        Assert.Equal("make: *** [Makefile:108: check] Error 1", page.Text("#L246 span"));
        Assert.Null(page.Page.QuerySelector("#L20")); // folded: fetched when it is looked at
        var folded = await anybody.Visit(page.Page.QuerySelector("details[data-first='16'] .more a")!.GetAttribute("href")!.Split('#')[0]);
        Assert.NotNull(folded.Page.QuerySelector("#L20"));
    }

    [Fact]
    public async Task A_log_of_a_newer_autopkgtest_with_seconds_before_its_lines_is_parted_as_well()
    {
        var run = await Run(await File.ReadAllBytesAsync(Repository.Path("tests/Api.Tests/Pages/Samples/hello-5.49.txt")));
        var page = await anybody.Visit($"/runs/{run}");

        Assert.Equal(
            ["start", "test bed setup", "apt-source hello", "command1: preparing testbed", "command1: output", "command1: results",
                "upstream-tests: preparing testbed", "upstream-tests: output", "upstream-tests: results", "summary"],
            page.Page.QuerySelectorAll("#log summary").Select(s => s.FirstChild!.TextContent.Trim()));
    }

    [Fact]
    public async Task A_log_that_ends_early_is_open_at_its_end_its_titles_are_harmless_and_a_progress_bar_shows_its_last_state()
    {
        var log = $"autopkgtest [15:21:59]: @@@@@@@@@@@@@@@@@@@@ apt-source \u202eevil\u0007\n{string.Concat(Enumerable.Range(0, 2000).Select(i => $"{i}%\r"))}done\nbadpkg: nothing there";
        var run = await Run(System.Text.Encoding.UTF8.GetBytes(log));
        var page = await anybody.Visit($"/runs/{run}");

        Assert.StartsWith("apt-source \ufffdevil\u2407", page.Text("#log summary"), StringComparison.Ordinal);
        Assert.Equal("done", page.Text("#L2 > span"));
        Assert.Equal("badpkg: nothing there", page.Text("#L3 > span"));
    }

    [Fact]
    public async Task A_hostile_log_is_text()
    {
        byte[] log = [.. "autopkgtest [15:22:01]: test evil: [-----\n"u8, .. System.Text.Encoding.UTF8.GetBytes(Hostile), 0xff, 0xfe, (byte)'\n', .. Enumerable.Repeat((byte)'x', 1_000_000), (byte)'\n', .. "last"u8];
        var run = await Run(log);
        var page = await anybody.Visit($"/runs/{run}");

        Assert.Equal("<script>alert(1)</script>", page.Text("#L2 span"));
        Assert.Equal("</pre></ol></details><h1>x</h1>", page.Text("#L3 span"));
        Assert.Equal("]]>red\u2400", page.Text("#L4 > span"));
        Assert.Equal("\ufffd\ufffd", page.Text("#L5 span"));
        Assert.EndsWith("… and 995.9 kB more in this line", page.Text("#L6 span"), StringComparison.Ordinal);
        Assert.Equal("last", page.Text("#L7 span"));
        Assert.Single(page.Page.QuerySelectorAll("h1"));
        Assert.Empty(page.Page.QuerySelectorAll("script:not([src])"));
    }

    [Fact]
    public async Task Any_lines_of_a_long_log_are_fetched_by_their_numbers()
    {
        var run = await Run(System.Text.Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 30_000).Select(i => $"line {i} {new string('.', i % 90)}\n"))));
        foreach (var first in new[] { 1, 999, 1000, 1001, 17_500, 29_999 })
        {
            var part = await anybody.Visit($"/runs/{run}/attempts/1/log/lines?from={first}&count=3");
            Assert.Equal(Enumerable.Range(first, Math.Min(3, 30_001 - first)).Select(i => $"line {i}"),
                part.Page.QuerySelectorAll("li > span").Select(s => s.TextContent.TrimEnd('.', ' ')));
        }
        Assert.Contains("line 20000 ", (await anybody.Visit($"/runs/{run}?line=20000")).Text("#L20000"), StringComparison.Ordinal);
        foreach (var (address, status) in new[] { ("lines?from=0", 400), ("lines?count=9999", 400), ("lines?from=x", 400), ("../../2/log/lines", 404) })
            Assert.Equal((HttpStatusCode)status, (await anybody.GetAsync(new Uri($"/runs/{run}/attempts/1/log/{address}", UriKind.Relative))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await anybody.GetAsync(new Uri($"/runs/{run}/attempts/1/log/lines?from=99999999", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task Whoever_waits_is_told_when_the_log_grows_and_when_it_is_complete()
    {
        anybody = server.Client();
        var worker = server.Client(server.ReportKey);
        var (runs, _) = await server.Client(server.RequestKey).Request("hello");
        await worker.Claim(waitSeconds: 30);
        await Eventually.True("it runs", async () => (await anybody.GetAsync(new Uri($"/runs/{runs[0]}/attempts/1/log/outline", UriKind.Relative))).IsSuccessStatusCode);

        var waiting = Outline(runs[0], "?bytes=0&wait=30");
        await worker.PostAsync($"/worker/v1/runs/{runs[0]}/attempts/1/log?worker=w1&offset=0", new StringContent("one\ntwo\nthr"));
        Assert.Equal((2, false), await waiting); // the third may become another line yet

        waiting = Outline(runs[0], "?bytes=11&wait=30");
        await worker.Report(runs[0], logSize: 11);
        await waiting;
        await Eventually.True("it is complete", async () => await Outline(runs[0], "?bytes=11&wait=1") == (3, true));
    }

    [Fact]
    public async Task The_log_of_a_private_run_is_not_shown()
    {
        anybody = server.Client();
        await server.Client(server.RequestKey).Data("mutation { requestRuns(input: {tests: [{package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on Refused { message } } }");
        var run = (await server.Client(server.ReportKey).Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        foreach (var address in new[] { "", "/attempts/1/log/outline", "/attempts/1/log/lines", "/log" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await anybody.GetAsync(new Uri($"/runs/{run}{address}", UriKind.Relative))).StatusCode);
            Assert.Equal(HttpStatusCode.OK, (await server.Client(server.AdminKey).GetAsync(new Uri($"/runs/{run}{address}", UriKind.Relative))).StatusCode);
        }
    }

    private async Task<(int Lines, bool Complete)> Outline(long run, string query)
    {
        var outline = await anybody.GetFromJsonAsync<JsonElement>(new Uri($"/runs/{run}/attempts/1/log/outline{query}", UriKind.Relative));
        return (outline.GetProperty("lines").GetInt32(), outline.GetProperty("complete").GetBoolean());
    }

    // A finished run with such a log.
    private async Task<long> Run(byte[] log)
    {
        anybody = server.Client();
        var worker = server.Client(server.ReportKey);
        await server.Client(server.RequestKey).Request("hello");
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new ByteArrayContent(log));
        using var reported = await worker.Report(run, logSize: log.Length);
        var position = (await reported.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("position").GetString();
        await anybody.Data("query ($p: String, $id: ID!) { run(id: $id, minPosition: $p) { state } }", new { p = position, id = $"{run}" });
        return run;
    }
}
