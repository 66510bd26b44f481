using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Pages;

/// <summary>The pages, on a server where one package passed, one failed, one runs and one waits.</summary>
public sealed class PageTests : IClassFixture<PageTests.World>
{
    private readonly World world;
    private readonly HttpClient anybody;

    public PageTests(World world) => (this.world, anybody) = (world, world.Server.Client());

    /// <summary>Made once for all tests here.</summary>
    public sealed class World : IAsyncLifetime
    {
        public Server Server { get; private set; } = null!;
        public IReadOnlyList<long> Runs { get; private set; } = [];
        public string Position { get; private set; } = "";

        public async Task InitializeAsync()
        {
            Server = await Server.Start();
            var worker = Server.Client(Server.ReportKey);
            (Runs, _) = await Server.Client(Server.RequestKey).Request("hello", "glibc", "figlet", "memcached");
            await Finish(worker, "hello 2.10-3", 2, "command1 PASS\ncommand2 SKIP <script>alert(1)</script>\n");
            Position = await Finish(worker, "glibc 2.41-6", 4, "nptl FAIL non-zero exit status 1\n");
            await worker.Claim(waitSeconds: 30);
            var anybody = Server.Client();
            await Eventually.True("the third run is running", async () =>
                $"{await anybody.Data("query ($p: String) { queue(minPosition: $p) { nodes { state } } }", new { p = Position })}".Contains("RUNNING", StringComparison.Ordinal));
        }

        public Task DisposeAsync() => Server.DisposeAsync().AsTask();

        private static async Task<string> Finish(HttpClient worker, string version, int exitCode, string summary)
        {
            var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
            using var reported = await worker.Report(run, exitCode: exitCode, summary: summary, version: version);
            return (await reported.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("position").GetString()!;
        }
    }

    public static TheoryData<string> Addresses => [.. new[]
    {
        "/", "/packages/hello", "/packages/hello/testing/amd64", "/suites/testing/amd64", "/suites/testing/amd64?sort=finished&down=1&status=fail&name=lib",
        "/suites/unstable/arm64", "/runs/1", "/runs/2", "/runs/3", "/runs/4", "/queue", "/queue?suite=testing&arch=amd64", "/workers", "/search?q=hel", "/search",
        "/status", "/status?suite=unstable&days=365", "/status/failing", "/status/failing?suite=unstable", "/status/platform-specific-issues", "/status/slow", "/status/slow?suite=testing&arch=amd64",
        "/status/tmpfails", "/status/tmpfails?suite=testing&arch=amd64&cause=timedout&days=7",
    }];

    [Theory, MemberData(nameof(Addresses))]
    public async Task A_page_has_its_headers_title_heading_way_and_no_inline_style_or_script(string address)
    {
        var visit = await anybody.Visit(Of(address));

        Assert.Equal(HttpStatusCode.OK, visit.Status);
        Assert.Equal("text/html; charset=utf-8", $"{visit.Answer.Content.Headers.ContentType}");
        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
            visit.Answer.Headers.GetValues("Content-Security-Policy").Single());
        Assert.Equal("nosniff", visit.Answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", visit.Answer.Headers.GetValues("Referrer-Policy").Single());
        Assert.EndsWith("debci", visit.Page.Title, StringComparison.Ordinal);
        Assert.Single(visit.Page.QuerySelectorAll("h1"));
        Assert.NotEqual("", visit.Text("h1"));
        Assert.Empty(visit.Page.QuerySelectorAll("[style], style, script:not([src])"));
        Assert.Empty(visit.Page.QuerySelectorAll("[id]").GroupBy(e => e.Id).Where(g => g.Count() > 1).Select(g => g.Key));
    }

    [Theory, MemberData(nameof(Addresses))]
    public async Task Its_GraphQL_link_gives_data_without_errors(string address)
    {
        var link = (await anybody.Visit(Of(address))).Link("This page as GraphQL");
        using var request = new HttpRequestMessage(HttpMethod.Get, link) { Headers = { { "Accept", "application/json" } } };
        using var answer = await anybody.SendAsync(request);

        var json = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(json.TryGetProperty("errors", out var errors), $"{link}: {errors}");
        Assert.Equal(JsonValueKind.Object, json.GetProperty("data").ValueKind);
        Assert.DoesNotContain(json.GetProperty("data").EnumerateObject(), field => field.Value.ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task What_a_page_follows_begins_at_the_position_that_it_shows()
    {
        var suite = await anybody.Visit("/suites/testing/amd64");
        Assert.Equal("""{"suite":"testing","arch":"amd64"}""", $"{suite.Live}");
        Assert.NotEmpty(suite.Page.QuerySelectorAll("section[id][data-live]"));

        var run = await anybody.Visit(Of("/runs/3"));
        await using var following = await Subscription.Open(anybody, run.Page.Body!.GetAttribute("data-seen"));
        var (runs, _) = await world.Server.Client(world.Server.RequestKey).Request("sed");
        Assert.Equal("PENDING", (await following.Next(c => c.Run == $"{runs[0]}")).State);
    }

    [Fact]
    public async Task The_home_page_counts_results_in_words_and_shows_what_runs_and_what_is_new()
    {
        var home = await anybody.Visit("/");
        Assert.Contains("2 packages 1 pass, 1 fail", home.Text("#suites"), StringComparison.Ordinal);
        Assert.Contains("figlet", home.Text("#running"), StringComparison.Ordinal);
        Assert.Contains("glibc", home.Text("#newest"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_tells_its_verdict_its_tests_and_what_a_package_wrote_is_text()
    {
        var run = await anybody.Visit(Of("/runs/1"));
        Assert.Contains("pass", run.Text(".verdict"), StringComparison.Ordinal);
        Assert.Contains("<script>alert(1)</script>", run.Text("#tests"), StringComparison.Ordinal);
        Assert.Contains("2.10-3", run.Text("#verdict"), StringComparison.Ordinal);
        Assert.NotNull(run.Page.QuerySelector("time[datetime$=Z]"));
    }

    [Fact]
    public async Task An_index_is_sorted_by_links_and_filtered_by_its_form()
    {
        Assert.Equal(["glibc", "hello"], await Packages("/suites/testing/amd64"));
        Assert.Equal(["hello", "glibc"], await Packages("/suites/testing/amd64?down=1"));
        Assert.Equal(["glibc", "hello"], await Packages("/suites/testing/amd64?sort=finished&down=1"));
        Assert.Equal(["glibc"], await Packages("/suites/testing/amd64?status=fail&name="));
        Assert.Equal(["hello"], await Packages("/suites/testing/amd64?status=&name=ell"));
    }

    [Fact]
    public async Task What_is_not_there_is_a_page_with_a_sentence_for_people_and_JSON_for_programs()
    {
        var near = await anybody.Visit("/packages/helo");
        Assert.Equal((HttpStatusCode.NotFound, "/packages/hello"), (near.Status, near.Link("hello")));
        foreach (var address in new[] { "/runs/99999999", "/runs/x", "/nothing/here", "/packages/%3Cscript%3Ealert(1)%3C%2Fscript%3E", "/packages/hell/testing/amd64" })
        {
            var missing = await anybody.Visit(address);
            Assert.Equal(HttpStatusCode.NotFound, missing.Status);
            Assert.NotEqual("", missing.Text("main p"));
            Assert.Empty(missing.Page.QuerySelectorAll("script:not([src])"));
        }
        Assert.Equal(HttpStatusCode.NotFound, (await anybody.Visit("/suites/potato/amd64")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await anybody.Visit("/suites/testing/amd64?sort=size")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await anybody.Visit("/suites/testing/amd64?sort=duration&after=x")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await anybody.Visit("/queue?after=x")).Status);
        Assert.Equal(HttpStatusCode.OK, (await anybody.Visit("/search?q=%00%3Cb%3E")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await anybody.Visit("/packages/a%00b")).Status);

        using var program = await anybody.GetAsync(new Uri("/runs/99999999/log", UriKind.Relative));
        Assert.Equal("UNKNOWN_RUN", (await program.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.Equal("Not found", (await anybody.Visit("/runs/99999999/log")).Text("h1"));
    }

    [Fact]
    public async Task Style_and_script_may_be_kept_for_good_at_their_hash()
    {
        var home = await anybody.Visit("/");
        foreach (var address in new[] { home.Page.QuerySelector("link[rel=stylesheet]")!.GetAttribute("href")!, home.Page.QuerySelector("script")!.GetAttribute("src")! })
        {
            using var file = await anybody.GetAsync(new Uri(address, UriKind.Relative));
            Assert.Equal(HttpStatusCode.OK, file.StatusCode);
            Assert.Contains("immutable", $"{file.Headers.CacheControl}", StringComparison.Ordinal);
            using var old = await anybody.GetAsync(new Uri(address.Split('?')[0] + "?v=old", UriKind.Relative));
            Assert.True(old.Headers.CacheControl!.NoCache);
        }
    }

    private async Task<IEnumerable<string>> Packages(string address) =>
        (await anybody.Visit(address)).Page.QuerySelectorAll("#packages tbody th").Select(e => e.TextContent.Trim());

    // "/runs/3" is the third run of this world.
    private string Of(string address) =>
        address.StartsWith("/runs/", StringComparison.Ordinal) ? $"/runs/{world.Runs[int.Parse(address[6..]) - 1]}" : address;
}
