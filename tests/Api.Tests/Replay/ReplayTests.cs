using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Api.Replay;
using Debci.Api.Tests.Pages;
using Debci.EventLog;
using Debci.Playground;
using Npgsql;

namespace Debci.Api.Tests.Replay;

/// <summary><c>debci replay</c>: what it answers is what was answered at the time, and nothing can be changed there.</summary>
public sealed class ReplayTests : IAsyncLifetime
{
    private static readonly string[] Questions =
    [
        "{ packages { nodes { name } } }",
        "{ index(suite: \"testing\", arch: \"amd64\") { nodes { package status version } pageInfo { endCursor hasNextPage } } }",
        "{ history(package: \"hello\", suite: \"testing\", arch: \"amd64\") { nodes { run status version finishedAt } } }",
        "{ queue { nodes { run package state priority attempts worker requestedAt startedAt } } }",
        "{ runs { nodes { id package state status message version attempt worker requester triggers requestedAt startedAt endedAt } } }",
        "{ workers { name arches runs drainedAt drainedWhy } }",
        "{ pauses { kind name reason since } rejectList { pattern } waivers(suite: \"testing\") { package } }",
        "{ stats { suite arch packages pass fail pending running } }",
        "{ events(first: 500) { nodes { id position type stream revision recordedAt actor command commandId correlation causation origin data } pageInfo { endCursor hasNextPage } } }",
        "{ events(filter: {decisions: true}) { nodes { type actor } } }",
    ];

    private Server server = null!;
    private HttpClient alice = null!;
    private HttpClient worker = null!;
    private HttpClient admin = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        (alice, worker, admin) = (server.Client(server.RequestKey), server.Client(server.ReportKey), server.Client(server.AdminKey));
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task What_it_answers_is_what_was_answered_at_the_time()
    {
        await alice.Request("hello", "gzip", "figlet");
        await Finish("hello 2.10-3", exitCode: 0);
        await Finish("gzip 1.13-1", exitCode: 4);
        await worker.Claim(waitSeconds: 30);
        await admin.Data("mutation { pause(kind: SUITE, name: \"unstable\", reason: \"glibc\") { __typename } drainWorker(worker: \"w1\", reason: \"disk\") { __typename } }");
        var then = await Answers(alice);
        var (head, at) = await Now();

        await Eventually.True("the clock has gone on", async () => await Clock() > at.AddMilliseconds(1));
        await admin.Data("mutation { unpause(kind: SUITE, name: \"unstable\") { __typename } resumeWorker(worker: \"w1\") { __typename } }");
        await alice.Request("sed", "hello");
        await Finish("figlet 2.2-1", exitCode: 0, run: true);
        Assert.NotEqual(then, await Answers(alice));

        foreach (var moment in new[] { at.ToString("O"), $"{server.Get<Api.GraphQL.LogIdentity>().Id}.{head}", $"{server.Get<Api.GraphQL.LogIdentity>().Id}.{head}" })
        {
            await using var past = await Start(moment);
            Assert.Equal(head, long.Parse(past.Past.Position.Split('.')[1]));
            Assert.Equal(then, await Answers(Client(past, server.RequestKey)));
        }
    }

    [Fact]
    public async Task Nothing_can_be_changed_there_and_every_page_says_what_it_is()
    {
        await alice.Request("hello");
        await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(60));
        var (head, _) = await Now();
        await using var past = await Start(DateTimeOffset.UtcNow.AddDays(1).ToString("O"));

        var mutation = await Client(past, server.AdminKey).Ask("mutation { pause(kind: SUITE, name: \"testing\") { __typename } }");
        Assert.Contains("nothing can be changed", $"{mutation}", StringComparison.Ordinal);
        using var claim = await Client(past, server.ReportKey).PostAsJsonAsync("/worker/v1/claim", new { claim = Guid.NewGuid(), worker = "w1", arches = new[] { "amd64" }, backends = new[] { "fake" } });
        Assert.Equal(HttpStatusCode.Forbidden, claim.StatusCode);
        using var rest = await Client(past, server.RequestKey).PostAsync("/api/v1/test/testing/amd64", new FormUrlEncodedContent([new("tests", "[]")]));
        Assert.Equal(HttpStatusCode.Forbidden, rest.StatusCode);
        Assert.Equal(head, await server.Get<IEventLog>().Head());

        var page = await Client(past).Visit("/queue");
        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("This is the past: what was known at", page.Text(".past"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Client(past).GetAsync("/health")).StatusCode);
        Assert.Equal("", (await server.Client().Visit("/queue")).Text(".past"));
    }

    [Fact]
    public async Task Its_database_goes_with_it_or_stays_if_it_is_to_be_kept()
    {
        var past = await Start("2020-01-01", keep: false);
        Assert.EndsWith(".0", past.Past.Position, StringComparison.Ordinal); // before the first event there is nothing, and that is an answer
        Assert.Equal("0", $"{(await Client(past).Data("{ packages { nodes { name } } }")).GetProperty("packages").GetProperty("nodes").GetArrayLength()}");
        await past.DisposeAsync();
        Assert.False(await Exists(past.Database.Name));

        var given = await (await PostgresCluster.Shared).NewDatabase("nothing", _ => Task.CompletedTask);
        past = await Start("2020-01-01", given, keep: true);
        await past.DisposeAsync();
        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Start("2020-01-01", given));
        Assert.Contains("wants an empty one", refused.Message, StringComparison.Ordinal);
        Assert.Contains("is no moment", (await Assert.ThrowsAsync<Domain.RefusedException>(() => Start("yesterday-ish"))).Message, StringComparison.Ordinal);
    }

    private async Task<ReplayServer> Start(string moment, string? given = null, bool keep = false)
    {
        var past = await ReplayServer.Build(server.Configuration with { Listen = "http://127.0.0.1:0" }, moment, given, keep, _ => { }, CancellationToken.None);
        await past.App.StartAsync();
        return past;
    }

    private static HttpClient Client(ReplayServer past, string? key = null)
    {
        var client = new HttpClient { BaseAddress = new Uri(past.App.Urls.First()) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    private async Task Finish(string version, int exitCode, bool run = false)
    {
        var number = run ? 3 : (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        (await worker.Report(number, exitCode: exitCode, summary: exitCode == 0 ? "t PASS\n" : "t FAIL bad\n", version: version)).EnsureSuccessStatusCode();
    }

    private async Task<string> Answers(HttpClient who)
    {
        if (who == alice)
            Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(60)));
        var answers = new List<JsonElement>();
        foreach (var question in Questions)
            answers.Add(await who.Data(question));
        using var listing = await who.GetAsync("/api/v1/test?since=0");
        var since = JsonSerializer.Deserialize<JsonElement>(await listing.Content.ReadAsStringAsync());
        return string.Join('\n', answers.Select(a => a.GetRawText()).Append(since.TryGetProperty("results", out var results) ? results.GetRawText() : since.GetRawText()));
    }

    private async Task<(long Head, DateTimeOffset At)> Now()
    {
        var head = await server.Get<IEventLog>().Head();
        return (head, (await server.Get<IEventLog>().ReadAll(head - 1, 1))[0].RecordedAt);
    }

    private async Task<DateTimeOffset> Clock()
    {
        await using var command = server.Get<NpgsqlDataSource>().CreateCommand("select clock_timestamp()");
        return new DateTimeOffset((DateTime)(await command.ExecuteScalarAsync())!);
    }

    private async Task<bool> Exists(string name)
    {
        await using var command = server.Get<NpgsqlDataSource>().CreateCommand($"select exists (select from pg_database where datname = '{name}')");
        return (bool)(await command.ExecuteScalarAsync())!;
    }
}
