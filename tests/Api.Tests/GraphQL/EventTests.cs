using System.Text.Json;
using Debci.EventLog;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.Api.Tests.GraphQL;

/// <summary><c>events</c>: the log as auditors read it, with nothing in it of runs that they may not see.</summary>
public sealed class EventTests : IAsyncLifetime
{
    private const string Fields = "nodes { position type stream revision recordedAt actor command correlation run package suite arch data } pageInfo { hasNextPage endCursor }";
    private Server server = null!;
    private HttpClient anybody = null!;
    private HttpClient alice = null!;
    private HttpClient worker = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        (anybody, alice, worker) = (server.Client(), server.Client(server.RequestKey), server.Client(server.ReportKey));
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task A_run_is_told_from_its_request_to_its_result()
    {
        var run = await Finished("hello");
        await Finished("other");
        Assert.Equal("run.requested.v1 run.started.v1 run.finished.v1", Types(await Events(anybody, $"run: {run}")));

        var first = (await Events(anybody, $"run: \"{run}\"")).GetProperty("nodes")[0];
        Assert.Equal(("hello", "testing", "amd64", $"{run}"), (Text(first, "package"), Text(first, "suite"), Text(first, "arch"), Text(first, "run")));
        Assert.StartsWith("account:", Text(first, "actor"), StringComparison.Ordinal);
        Assert.Equal("requestRuns", Text(first, "command"));
        Assert.Equal($"batch-{Text(first, "correlation")}", Text(first, "stream"));
        Assert.Equal("hello", JsonSerializer.Deserialize<JsonElement>(Text(first, "data")!).GetProperty("run").GetProperty("package").GetString());
        Assert.Equal("run.finished.v1", Types(await Events(anybody, $"run: {run}, actor: \"worker:w1\", type: \"run.finished.v1\"")));
    }

    [Theory]
    [InlineData("", "worker.announced.v1 run.requested.v1 batch.accepted.v1 run.started.v1 run.finished.v1")]
    [InlineData("package: \"hello\"", "run.requested.v1 run.started.v1 run.finished.v1")]
    [InlineData("arch: \"arm64\"", "")]
    [InlineData("suite: \"testing\", type: \"run.started.v1\"", "run.started.v1")]
    [InlineData("actor: \"worker:w1\"", "worker.announced.v1 run.started.v1 run.finished.v1")]
    public async Task The_log_is_paged_and_filtered_in_its_order(string filter, string types)
    {
        await worker.Claim();
        await Finished("hello");
        var seen = new List<string>();
        for (string? after = null; ;)
        {
            var page = await Events(anybody, filter, first: 1, after: after);
            seen.AddRange(page.GetProperty("nodes").EnumerateArray().Select(n => Text(n, "type")!));
            after = Text(page.GetProperty("pageInfo"), "endCursor");
            if (!page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean())
                break;
        }
        Assert.Equal(types, string.Join(' ', seen));
    }

    [Fact]
    public async Task Nothing_of_a_private_run_shows_but_to_its_requester_and_operators()
    {
        await worker.Claim();
        var data = await alice.Data("mutation { requestRuns(input: {tests: [{package: \"open\", suite: \"testing\", arch: \"amd64\"}, {package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on BatchAccepted { runs } } }");
        var secret = long.Parse(data.GetProperty("requestRuns").GetProperty("runs")[1].GetString()!);
        while (await worker.Claim(waitSeconds: 1) is { } claimed)
            await worker.Report(claimed.GetProperty("run").GetInt64());
        await ReadModelsHaveAll();

        foreach (var stranger in new[] { anybody, server.Client(server.OtherKey) })
        {
            var all = await Events(stranger, "");
            Assert.DoesNotContain("secret", $"{all}", StringComparison.Ordinal);
            Assert.Equal("worker.announced.v1 run.requested.v1 run.started.v1 run.finished.v1", Types(all)); // the batch's end counts its runs, and so is hidden
            Assert.Equal("UNKNOWN_RUN", Code(await Ask(stranger, $"run: {secret}")));
        }
        foreach (var insider in new[] { alice, server.Client(server.AdminKey) })
        {
            Assert.Equal(4 + 4, (await Events(insider, "")).GetProperty("nodes").GetArrayLength());
            Assert.Equal("run.requested.v1 run.started.v1 run.finished.v1", Types(await Events(insider, $"run: {secret}")));
        }
    }

    [Fact]
    public async Task What_a_workers_operator_wrote_freely_shows_to_operators_only()
    {
        await worker.Claim();
        await ReadModelsHaveAll();
        Assert.DoesNotContain("software", $"{await Events(anybody, "")}", StringComparison.Ordinal);
        Assert.Contains("software", $"{await Events(server.Client(server.AdminKey), "")}", StringComparison.Ordinal);
    }

    [OnPostgresFact("damages stored events")]
    public async Task An_event_that_cannot_be_read_may_be_about_anything_and_shows_to_operators_only()
    {
        var run = await Finished("hello");
        await using (var damage = server.Get<NpgsqlDataSource>().CreateCommand($"update log.mt_events set data = '[\"odd\"]' where stream_id = 'run-{run}' and version = 1"))
            await damage.ExecuteNonQueryAsync();
        Assert.DoesNotContain("odd", $"{await Events(anybody, "")}", StringComparison.Ordinal);
        Assert.Contains("odd", $"{await Events(server.Client(server.AdminKey), "")}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_question_looks_at_so_many_events_and_goes_on_behind_them()
    {
        await Finished("needle");
        await alice.Request([.. Enumerable.Range(0, 5100).Select(i => $"package{i}")]);
        var position = (await alice.Request("last")).Position;
        var page = await Events(anybody, "package: \"last\"", minPosition: position);
        Assert.Equal(0, page.GetProperty("nodes").GetArrayLength());
        Assert.True(page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean());
        var next = await Events(anybody, "package: \"last\"", after: Text(page.GetProperty("pageInfo"), "endCursor"));
        Assert.Equal("run.requested.v1", Types(next));
    }

    [Theory]
    [InlineData("type: \"run.exploded.v1\"", "there are run.requested.v1")]
    [InlineData("run: \"x\"", "is no run id")]
    [InlineData("run: 999999", "There is no run 999999")]
    public async Task What_cannot_be_asked_is_refused_with_a_sentence(string filter, string sentence) =>
        Assert.Contains(sentence, $"{await Ask(anybody, filter)}", StringComparison.Ordinal);

    [Fact]
    public async Task Looking_through_the_log_many_times_at_once_is_too_dear()
    {
        var dear = await anybody.Ask("{" + string.Concat(Enumerable.Range(0, 30).Select(i => $" a{i}: events(first: 1) {{ nodes {{ type }} }}")) + "}");
        Assert.Equal("COMPLEXITY", Code(dear));
    }

    private async Task<long> Finished(string package)
    {
        await alice.Request(package);
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        (await worker.Report(run)).EnsureSuccessStatusCode();
        await ReadModelsHaveAll();
        return run;
    }

    private async Task ReadModelsHaveAll()
    {
        var head = await server.Get<IEventLog>().Head();
        Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(head, TimeSpan.FromSeconds(60)));
    }

    private static Task<JsonElement> Ask(HttpClient who, string filter, int first = 50, string? after = null, string? minPosition = null) => who.Ask(
        $"query ($a: String, $m: String) {{ events(filter: {{{filter}}}, first: {first}, after: $a, minPosition: $m) {{ {Fields} }} }}", new { a = after, m = minPosition });

    private static async Task<JsonElement> Events(HttpClient who, string filter, int first = 50, string? after = null, string? minPosition = null)
    {
        var answer = await Ask(who, filter, first, after, minPosition);
        return answer.TryGetProperty("errors", out var errors) ? throw new InvalidOperationException($"{errors}") : answer.GetProperty("data").GetProperty("events");
    }

    private static string Types(JsonElement page) => string.Join(' ', page.GetProperty("nodes").EnumerateArray().Select(n => Text(n, "type")));

    private static string? Text(JsonElement node, string name) => node.GetProperty(name).GetString();

    private static string? Code(JsonElement answer) => answer.GetProperty("errors")[0].GetProperty("extensions").GetProperty("code").GetString();
}
