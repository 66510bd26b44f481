using System.Globalization;
using System.Text.Json;
using Debci.Api.Events;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Api.Tests.Events;

/// <summary><c>GET /events</c>: the log as lines of JSON, by the same filters as GraphQL's, from any line on.</summary>
public sealed class EventStreamTests : IAsyncLifetime
{
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
    public async Task Each_line_is_the_whole_envelope_and_the_data_and_the_last_one_says_where_to_go_on()
    {
        await World();
        var lines = await Lines(admin, "");
        var stored = await server.Get<IEventLog>().ReadAll(0, 1000);
        Assert.Equal(stored.Select(e => e.Id), lines.Select(l => l.GetProperty("id").GetGuid()));
        foreach (var (line, e) in lines.Zip(stored))
        {
            Assert.Equal((e.Stream, e.Revision, e.Name), (Text(line, "stream"), line.GetProperty("revision").GetInt64(), Text(line, "type")));
            Assert.Equal(e.RecordedAt, DateTimeOffset.Parse(Text(line, "recordedAt"), CultureInfo.InvariantCulture));
            var command = e.Command();
            Assert.Equal((command.Actor, command.Name, command.Id, command.Correlation, "live"),
                (Text(line, "actor"), Text(line, "command"), line.GetProperty("commandId").GetGuid(), line.GetProperty("correlation").GetGuid(), Text(line, "origin")));
            Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(e.Data).RootElement, line.GetProperty("data")));
        }
        var rest = await Lines(admin, $"after={Text(lines[3], "position")}");
        Assert.Equal(lines.Skip(4).Select(l => l.GetRawText()), rest.Select(l => l.GetRawText()));
        Assert.Empty(await Lines(admin, $"after={Text(lines[^1], "position")}"));
    }

    [Theory]
    [InlineData("decisions=true", "batch.accepted.v1 run.cancelled.v1 policy.paused.v1 batch.accepted.v1")]
    [InlineData("decisions=true&actor=account:alice", "batch.accepted.v1 run.cancelled.v1 batch.accepted.v1")]
    [InlineData("worker=w1", "worker.announced.v1 run.started.v1 run.finished.v1")]
    [InlineData("requester=alice&type=run.finished.v1", "run.finished.v1")]
    [InlineData("requester=alice&type=run.started.v1", "run.started.v1")] // who asked is in the run's row, not in the event
    [InlineData("requester=operator", "")]
    [InlineData("package=gzip", "run.requested.v1 run.cancelled.v1 run.requested.v1")]
    [InlineData("run=1&worker=w1", "run.started.v1 run.finished.v1")]
    [InlineData("run=2&decisions=true", "run.cancelled.v1")]
    [InlineData("until=2020-01-01", "")]
    [InlineData("from=2020-01-01&until=2120-01-01&type=policy.paused.v1", "policy.paused.v1")]
    public async Task It_is_filtered(string filter, string types)
    {
        await World();
        var me = (await server.Get<Api.Keys.AccessKeys>().IdOf("alice"))!.Value;
        var lines = await Lines(admin, filter.Replace("account:alice", $"account:{me}", StringComparison.Ordinal));
        Assert.Equal(types, string.Join(' ', lines.Select(l => Text(l, "type"))));
    }

    [Fact]
    public async Task A_time_is_where_one_begins_and_ends_to_look()
    {
        await World();
        var all = await server.Get<IEventLog>().ReadAll(0, 1000);
        foreach (var e in all)
        {
            var at = Uri.EscapeDataString(e.RecordedAt.ToString("O"));
            Assert.Equal(all.Where(o => o.RecordedAt >= e.RecordedAt).Select(o => o.Id), (await Lines(admin, $"from={at}")).Select(l => l.GetProperty("id").GetGuid()));
            Assert.Equal(all.Where(o => o.RecordedAt <= e.RecordedAt).Select(o => o.Id), (await Lines(admin, $"until={at}")).Select(l => l.GetProperty("id").GetGuid()));
        }
        var page = (await admin.Data("query ($u: DateTimeOffset!) { events(filter: {until: $u, type: \"batch.accepted.v1\"}) { nodes { id commandId origin worker causation } pageInfo { hasNextPage } } }",
            new { u = all[^1].RecordedAt })).GetProperty("events");
        Assert.Equal((2, false), (page.GetProperty("nodes").GetArrayLength(), page.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean()));
    }

    [Fact]
    public async Task Followed_it_goes_on_with_what_is_stored_from_then_on()
    {
        await World();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true&type=run.requested.v1");
        using var answer = await admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        for (var i = 0; i < 3; i++)
            Assert.NotNull(await lines.ReadLineAsync());
        await alice.Request("late");
        Assert.Contains("\"late\"", await lines.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_follows_is_looked_up_again_and_again_and_the_stream_ends_with_the_key()
    {
        server.Get<EventStreamEndpoint>().CallerIsGoodFor = TimeSpan.Zero;
        var keys = server.Get<Api.Keys.AccessKeys>();
        var key = await keys.Create("auditor", [Api.Keys.Scope.Admin]);
        await World();
        using var auditor = server.Client(key);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/events?follow=true&type=policy.paused.v1");
        using var answer = await auditor.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        Assert.NotNull(await lines.ReadLineAsync());

        await keys.Revoke(key.Split('_')[1]);

        Assert.Null(await lines.ReadLineAsync());
    }

    [Fact]
    public void Places_are_shared_without_a_key_counted_for_an_account_and_always_there_for_an_operator()
    {
        var places = new StreamPlaces();
        var (one, other) = (Of(Api.Keys.Scope.Request), Of(Api.Keys.Scope.Request));
        var nobody = Enumerable.Range(0, StreamPlaces.Shared).Select(_ => places.Take(Api.Keys.Caller.Anonymous)).ToList();
        Assert.Contains("without a key", Assert.Throws<RefusedException>(() => places.Take(Api.Keys.Caller.Anonymous)).Message, StringComparison.Ordinal);
        var mine = Enumerable.Range(0, StreamPlaces.Each).Select(_ => places.Take(one)).ToList();
        Assert.Equal(RefusalCode.NotYet, Assert.Throws<RefusedException>(() => places.Take(one)).Refusal.Code);
        places.Take(other).Dispose();
        var admin = Of(Api.Keys.Scope.Admin);
        for (var i = 0; i < 100; i++)
            places.Take(admin);

        mine[0].Dispose();
        nobody[0].Dispose();

        places.Take(one);
        places.Take(Api.Keys.Caller.Anonymous);

        static Api.Keys.Caller Of(Api.Keys.Scope scope) => new(Guid.NewGuid(), "a", new HashSet<Api.Keys.Scope> { scope });
    }

    [Fact]
    public async Task Nobody_sees_more_than_anywhere_else()
    {
        await alice.Data("mutation { requestRuns(input: {tests: [{package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { __typename } }");
        await alice.Request("open");
        await HaveAll();
        Assert.DoesNotContain("secret", await server.Client().GetStringAsync("/events"), StringComparison.Ordinal);
        Assert.Contains("open", await server.Client().GetStringAsync("/events"), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", await server.Client(server.OtherKey).GetStringAsync("/events?decisions=true"), StringComparison.Ordinal);
        Assert.Contains("secret", await alice.GetStringAsync("/events"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("colour=red", "There is no parameter")]
    [InlineData("from=soon", "is no moment")]
    [InlineData("type=run.exploded.v1", "there are run.requested.v1")]
    [InlineData("run=9", "There is no run 9")]
    [InlineData("run=x", "is no run id")]
    [InlineData("after=abc", "is no position")]
    [InlineData("decisions=perhaps", "true or false")]
    [InlineData("follow&until=2030-01-01", "cannot be followed")]
    [InlineData("follow", "takes a key")]
    public async Task What_cannot_be_asked_is_refused_with_a_sentence(string query, string sentence)
    {
        using var answer = await server.Client().GetAsync($"/events?{query}");
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.Contains(sentence, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    // A run that finished, one that was cancelled, a pause, and a batch more.
    private async Task World()
    {
        await alice.Request("hello", "gzip");
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        (await worker.Report(run)).EnsureSuccessStatusCode();
        await alice.Data("mutation { cancelRun(run: 2, reason: \"no need\") { __typename } }");
        await admin.Data("mutation { pause(kind: SUITE, name: \"unstable\", reason: \"glibc\") { __typename } }");
        await alice.Request("gzip");
        await HaveAll();
    }

    private async Task HaveAll() =>
        Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(60)));

    private static async Task<IReadOnlyList<JsonElement>> Lines(HttpClient who, string query)
    {
        using var answer = await who.GetAsync($"/events?{query}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        Assert.Equal("application/x-ndjson", answer.Content.Headers.ContentType!.MediaType);
        return [.. text.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonSerializer.Deserialize<JsonElement>(l))];
    }

    private static string Text(JsonElement line, string name) => line.GetProperty(name).GetString()!;
}
