using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Api.Claims;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.Api.Tests;

/// <summary>Who may end an attempt, and what a crash between two steps leaves behind.</summary>
public sealed class FencingTests : IAsyncLifetime
{
    private Server server = null!;
    private HttpClient britney = null!;
    private HttpClient worker = null!;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        (britney, worker) = (server.Client(server.RequestKey), server.Client(server.ReportKey));
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task Of_two_reports_at_once_that_contradict_each_other_one_counts_and_one_is_refused()
    {
        for (var round = 0; round < 20; round++)
        {
            var run = await RequestAndClaim($"hello{round}");
            var answers = await Task.WhenAll(worker.Report(run), worker.Report(run, exitCode: 4, summary: "t FAIL\n"));
            Assert.Equal([HttpStatusCode.OK, HttpStatusCode.Conflict], answers.Select(a => a.StatusCode).Order());
        }
    }

    [Fact]
    public async Task A_report_whose_lease_is_marked_lost_is_refused_before_the_loss_is_stored()
    {
        var run = await RequestAndClaim("hello");
        await Execute("update work.leases set lost = true");
        Assert.Equal(HttpStatusCode.Conflict, (await worker.Report(run)).StatusCode);
    }

    [Fact]
    public async Task A_worker_of_the_same_name_with_another_accounts_key_is_not_the_holder()
    {
        var run = await RequestAndClaim("hello");
        var other = server.Client(server.AdminKey);
        Assert.Equal(HttpStatusCode.Conflict, (await other.PostAsync($"/worker/v1/runs/{run}/attempts/1/heartbeat?worker=w1", null)).StatusCode);
        Assert.Equal(HttpStatusCode.Conflict, (await other.Report(run)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await worker.Report(run)).StatusCode);
    }

    [Fact]
    public async Task The_lease_of_a_run_that_ended_is_given_back_although_its_worker_keeps_it_alive()
    {
        var run = await RequestAndClaim("hello");
        await Execute("create table kept as select * from work.leases");
        await britney.Data("mutation ($r: ID!) { cancelRun(run: $r) { ... on RunCancelled { position } } }", new { r = $"{run}" });
        await Execute("insert into work.leases select * from kept"); // as if the server had died between the run's end and its lease's
        await Eventually.True("the row says cancelled", async () =>
            (await britney.Data("query ($r: ID!) { run(id: $r) { state } }", new { r = $"{run}" })).GetProperty("run").GetProperty("state").GetString() == "CANCELLED");

        await server.Get<Rescuer>().Rescue(CancellationToken.None);

        Assert.Equal(HttpStatusCode.Conflict, (await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/heartbeat?worker=w1", null)).StatusCode);
    }

    [OnPostgresFact("damages stored events")]
    public async Task One_stream_that_cannot_be_read_keeps_no_other_run_from_its_rescue()
    {
        var damaged = await RequestAndClaim("damaged");
        var other = await RequestAndClaim("other");
        await worker.Report(damaged, worker: "w2"); // refused, and what this node remembered of the run is used up
        await Execute($"update work.leases set until = now() - interval '1 hour'; update log.mt_events set data = '[]' where stream_id = 'run-{damaged}'");

        await server.Get<Rescuer>().Rescue(CancellationToken.None);

        Assert.Contains(await server.Get<IEventLog>().ReadStream($"run-{other}", 0), e => e.Name == StoredNames.Of<RunEvent.Lost>());
        Assert.DoesNotContain(await server.Get<IEventLog>().ReadStream($"run-{damaged}", 0), e => e.Name == StoredNames.Of<RunEvent.Lost>());
    }

    [Fact]
    public async Task Runs_are_given_out_though_the_read_model_of_runs_has_stopped()
    {
        var (runs, position) = await britney.Request("hello");
        await britney.Data("query ($p: String) { queue(minPosition: $p) { nodes { run } } }", new { p = position });
        await Execute("update read.checkpoints set stopped_at = position + 1, error = 'a test' where name = 'runs'; delete from read.runs");

        using var answer = await worker.PostAsJsonAsync("/worker/v1/claim", new
        { claim = Guid.NewGuid(), worker = "w1", arches = new[] { "amd64" }, backends = new[] { "fake" }, software = "test", waitSeconds = 0 });

        Assert.Equal(runs[0], (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("run").GetInt64());
        Assert.Single(await server.Get<IEventLog>().ReadStream($"run-{runs[0]}", 0));
    }

    [Fact]
    public async Task A_claim_waits_no_longer_than_it_likes_though_the_queue_shows_what_has_ended()
    {
        var (runs, position) = await britney.Request("hello");
        await britney.Data("query ($p: String) { queue(minPosition: $p) { nodes { run } } }", new { p = position });
        await Execute("create table kept as select * from read.queue");
        await britney.Data("mutation ($r: ID!) { cancelRun(run: $r) { ... on RunCancelled { position } } }", new { r = $"{runs[0]}" });
        await Eventually.True("the queue is empty", async () =>
            (await britney.Data("{ queue { nodes { run } } }")).GetProperty("queue").GetProperty("nodes").GetArrayLength() == 0);
        await Execute("insert into read.queue select * from kept; update read.queue_lanes set pending = 1"); // as if the queue had stopped before the end

        Assert.Null(await worker.Claim(waitSeconds: 0).WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_log_is_read_attempt_by_attempt()
    {
        var run = await RequestAndClaim("hello");
        await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new StringContent("first\n"));
        await worker.Report(run, exitCode: 16, summary: "", version: "", logSize: 6);
        await worker.Claim(waitSeconds: 30);
        await worker.PostAsync($"/worker/v1/runs/{run}/attempts/2/log?worker=w1&offset=0", new StringContent("second\n"));

        await Eventually.True("the second attempt shows", async () => (await Log(run, "")).Attempt == "2");
        Assert.Equal(("first\n", "1", "true", "false"), await Log(run, "?attempt=1"));
        Assert.Equal(("second\n", "2", "false", "false"), await Log(run, "?attempt=2"));
        Assert.Equal(HttpStatusCode.NotFound, (await britney.GetAsync($"/runs/{run}/log?attempt=3")).StatusCode);
    }

    [Fact]
    public async Task A_report_with_as_much_text_as_it_may_hold_is_taken()
    {
        var run = await RequestAndClaim("hello");
        var summary = string.Concat(Enumerable.Range(0, 1000).Select(i => $"test{i} FAIL {new string('\u202e', 500)}\n"));
        Assert.Equal(HttpStatusCode.OK, (await worker.Report(run, exitCode: 4, summary: summary)).StatusCode);
    }

    private async Task<(string Text, string Attempt, string Complete, string Over)> Log(long run, string query)
    {
        using var answer = await britney.GetAsync($"/runs/{run}/log{query}");
        string Header(string name) => answer.Headers.GetValues(name).Single();
        return (await answer.Content.ReadAsStringAsync(), Header("Log-Attempt"), Header("Log-Complete"), Header("Run-Over"));
    }

    private async Task<long> RequestAndClaim(string package)
    {
        await britney.Request(package);
        return (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
    }

    private async Task Execute(string sql)
    {
        await using var command = server.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
