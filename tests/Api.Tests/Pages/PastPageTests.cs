using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Pages;

/// <summary>Pages of a moment: the same for ever, and said to be of then.</summary>
public sealed class PastPageTests : IClassFixture<PastPageTests.World>
{
    private readonly World world;
    private readonly HttpClient anybody;

    public PastPageTests(World world) => (this.world, anybody) = (world, world.Server.Client());

    /// <summary>At the moment hello has failed once, sed runs, figlet waits and armhf is paused; behind it much has come.</summary>
    public sealed class World : IAsyncLifetime
    {
        public Server Server { get; private set; } = null!;
        public string Moment { get; private set; } = "";
        public DateTimeOffset Time { get; private set; }
        public Dictionary<string, string> Then { get; } = [];

        public async Task InitializeAsync()
        {
            Server = await Server.Start();
            var (alice, worker, anybody) = (Server.Client(Server.RequestKey), Server.Client(Server.ReportKey), Server.Client());
            await alice.Request("hello", "sed", "figlet");
            await Finish(worker, 4, "t FAIL\n");
            var running = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
            await Passed();
            Moment = (await anybody.Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString()!;
            Time = (await anybody.Data("{ history(package: \"hello\") { nodes { finishedAt } } }")).GetProperty("history").GetProperty("nodes")[0].GetProperty("finishedAt").GetDateTimeOffset();
            foreach (var address in Pages)
                Then[address] = await (await anybody.Visit(At(address))).Answer.Content.ReadAsStringAsync();

            using (var reported = await worker.Report(running, version: "sed 4.9-1"))
                reported.EnsureSuccessStatusCode();
            await Finish(worker, 0, "t PASS\n");
            await alice.Request("hello", "dash");
            await Finish(worker, 0, "t PASS\n");
            await Passed();
        }

        public Task DisposeAsync() => Server.DisposeAsync().AsTask();

        public string At(string address) => $"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}asOf={Moment}";

        private static async Task Finish(HttpClient worker, int exitCode, string summary)
        {
            var claimed = (await worker.Claim(waitSeconds: 30))!.Value;
            using var reported = await worker.Report(claimed.GetProperty("run").GetInt64(), exitCode: exitCode, summary: summary, version: $"{claimed.GetProperty("package").GetString()} 1-1");
            reported.EnsureSuccessStatusCode();
        }

        private async Task Passed() => Assert.True(await Server.Get<Projections.ReadPosition>().WaitFor(await Server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(10)));
    }

    private static readonly string[] Pages =
    [
        "/suites/testing/amd64", "/suites/testing/amd64?sort=finished&down=1&status=fail&name=ell", "/suites/unstable/arm64",
        "/packages/hello", "/packages/sed", "/packages/dash", "/packages/hello/testing/amd64", "/packages/sed/testing/amd64", "/queue", "/queue?suite=testing&arch=amd64",
    ];

    public static TheoryData<string> Addresses => [.. Pages];

    [Theory, MemberData(nameof(Addresses))]
    public async Task A_link_to_a_moment_shows_the_same_for_ever_follows_nothing_and_leads_back_to_now(string address)
    {
        var past = await anybody.Visit(world.At(address));

        if (address != "/packages/dash") // of which nothing was known then
            Assert.Equal(world.Then[address], await past.Answer.Content.ReadAsStringAsync());
        Assert.Equal(HttpStatusCode.OK, past.Status);
        Assert.Contains($"position {world.Moment}", past.Text("#moment"), StringComparison.Ordinal);
        Assert.Equal(address, past.Page.QuerySelector("#moment a")!.GetAttribute("href"));
        Assert.False(past.Page.Body!.HasAttribute("data-live"));
        var now = await anybody.Visit(address);
        Assert.Null(now.Page.QuerySelector("#moment"));
        Assert.True(now.Page.Body!.HasAttribute("data-live"));
    }

    [Theory, MemberData(nameof(Addresses))]
    public async Task Its_links_keep_the_moment_and_its_GraphQL_link_asks_for_the_same(string address)
    {
        var past = await anybody.Visit(world.At(address));

        var links = past.Page.QuerySelectorAll("main a").Where(a => a.ParentElement!.Id != "moment").Select(a => a.GetAttribute("href")!)
            .Where(h => h.StartsWith("/suites/", StringComparison.Ordinal) || h.StartsWith("/packages/", StringComparison.Ordinal) || h.StartsWith("/queue", StringComparison.Ordinal));
        Assert.All(links, link => Assert.Contains($"asOf={world.Moment}", link, StringComparison.Ordinal));
        Assert.All(past.Page.QuerySelectorAll("main form").Where(f => f.QuerySelector("input[type=datetime-local]") is null),
            form => Assert.Equal(world.Moment, form.QuerySelector("input[name=asOf]")!.GetAttribute("value")));
        using var request = new HttpRequestMessage(HttpMethod.Get, past.Link("This page as GraphQL")) { Headers = { { "Accept", "application/json" } } };
        using var answer = await anybody.SendAsync(request);
        Assert.False((await answer.Content.ReadFromJsonAsync<JsonElement>()).TryGetProperty("errors", out var errors), $"{errors}");
    }

    [Fact]
    public async Task The_past_shows_what_was_there()
    {
        var suite = await anybody.Visit(world.At("/suites/testing/amd64"));
        Assert.Equal(["hello"], suite.Page.QuerySelectorAll("#packages tbody th").Select(e => e.TextContent.Trim()));
        Assert.Contains("1 packages", suite.Text("#counts"), StringComparison.Ordinal);
        Assert.Contains("1 run pending, 1 running", suite.Text("#counts"), StringComparison.Ordinal);
        Assert.Equal(["hello", "sed", "figlet"], (await anybody.Visit("/suites/testing/amd64?sort=finished")).Page.QuerySelectorAll("#packages tbody th").Select(e => e.TextContent.Trim()).Order(StringComparer.Ordinal).OrderBy(p => p == "hello" ? 0 : p == "sed" ? 1 : 2));
        var queue = await anybody.Visit(world.At("/queue"));
        Assert.Contains("sed", queue.Text("#running"), StringComparison.Ordinal);
        Assert.Contains("figlet", queue.Text("#pending"), StringComparison.Ordinal);
        Assert.Single((await anybody.Visit(world.At("/packages/hello/testing/amd64"))).Page.QuerySelectorAll("#history tbody tr"));
        Assert.Contains("fail", (await anybody.Visit(world.At("/packages/hello"))).Text("#results"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_date_control_asks_by_time_and_keeps_what_was_filtered()
    {
        var page = await anybody.Visit("/suites/testing/amd64?status=fail&name=ell");
        var form = page.Page.QuerySelectorAll("main form").Single(f => f.QuerySelector("input[type=datetime-local]") is not null);
        Assert.Equal(["asOf=", "name=ell", "status=fail"], form.QuerySelectorAll("input").Select(i => $"{i.GetAttribute("name")}={(i.GetAttribute("name") == "asOf" ? "" : i.GetAttribute("value"))}").Order(StringComparer.Ordinal));
        Assert.Matches("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$", form.QuerySelector("input[name=asOf]")!.GetAttribute("value")!);

        var past = await anybody.Visit($"/suites/testing/amd64?asOf={world.Time.UtcDateTime:yyyy-MM-ddTHH:mm:ss.ffffff}");
        Assert.Equal(["hello"], past.Page.QuerySelectorAll("#packages tbody th").Select(e => e.TextContent.Trim()));
        Assert.Null((await anybody.Visit("/suites/testing/amd64?asOf=")).Page.QuerySelector("#moment"));
    }

    [Theory]
    [InlineData("2999-01-01T00:00", "future")]
    [InlineData("1999-01-01", "Nothing was stored yet")]
    [InlineData("deadbeef.1", "another log")]
    [InlineData("%3Cscript%3E", "is no moment")]
    public async Task A_moment_that_there_is_not_is_a_page_with_a_sentence(string moment, string sentence)
    {
        foreach (var address in Pages)
        {
            var refused = await anybody.Visit($"{address}{(address.Contains('?', StringComparison.Ordinal) ? '&' : '?')}asOf={moment}");
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            Assert.Contains(sentence, refused.Text("main"), StringComparison.Ordinal);
        }
    }
}
