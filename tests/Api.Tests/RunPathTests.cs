using System.Net.Http.Json;
using System.Net;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests;

/// <summary>From request to live result, through the doors that clients use.</summary>
public class RunPathTests : IAsyncLifetime
{
    private Server server = null!;
    private HttpClient britney = null!;
    private HttpClient worker = null!;
    private HttpClient anybody = null!;

    public async Task InitializeAsync()
    {
        server = await Start();
        (britney, worker, anybody) = (server.Client(server.RequestKey), server.Client(server.ReportKey), server.Client());
    }

    public virtual Task DisposeAsync() => server.DisposeAsync().AsTask();

    protected virtual Task<Server> Start() => Server.Start();

    [Fact]
    public async Task A_request_is_queued_run_and_stands_in_index_history_and_package()
    {
        var (runs, position) = await britney.Request("hello");
        var queued = await anybody.Data("query ($p: String) { queue(minPosition: $p) { nodes { run package state } } }", new { p = position });
        Assert.Equal("PENDING", queued.GetProperty("queue").GetProperty("nodes")[0].GetProperty("state").GetString());

        var claimed = (await worker.Claim(waitSeconds: 30))!.Value;
        Assert.Equal(runs[0], claimed.GetProperty("run").GetInt64());
        using var reported = await worker.Report(runs[0], summary: "t1 PASS\nt2 SKIP exit status 77 and marked as skippable\n", exitCode: 2, version: "hello 2.10-3");
        var done = await reported.Content.ReadFromJsonAsync<JsonElement>();

        var data = await anybody.Data("""
            query ($p: String, $id: ID!) {
              index(suite: "testing", arch: "amd64", minPosition: $p) { nodes { package status version runId run { id tests { name result detail } } } pageInfo { hasNextPage endCursor } }
              history(package: "hello", minPosition: $p) { edges { cursor node { run status } } }
              package(name: "hello", minPosition: $p) { name results { suite arch status } queued { run } history { nodes { run } } }
              run(id: $id, minPosition: $p) { state status message requestedAt startedAt endedAt worker backend attempt logUrl }
              queue(minPosition: $p) { nodes { run } }
              workers(minPosition: $p) { name backends runs lastCall }
            }
            """, new { p = done.GetProperty("position").GetString(), id = $"{runs[0]}" });

        var entry = data.GetProperty("index").GetProperty("nodes")[0];
        Assert.Equal(("hello", "PASS", "2.10-3"), (entry.GetProperty("package").GetString(), entry.GetProperty("status").GetString(), entry.GetProperty("version").GetString()));
        Assert.Equal("SKIP", entry.GetProperty("run").GetProperty("tests")[1].GetProperty("result").GetString());
        Assert.Equal("Tests passed, but at least one test skipped", data.GetProperty("run").GetProperty("message").GetString());
        Assert.Equal("fake", data.GetProperty("run").GetProperty("backend").GetString());
        Assert.Single(data.GetProperty("history").GetProperty("edges").EnumerateArray());
        Assert.Single(data.GetProperty("package").GetProperty("results").EnumerateArray());
        Assert.Empty(data.GetProperty("queue").GetProperty("nodes").EnumerateArray());
        Assert.Empty(data.GetProperty("workers")[0].GetProperty("runs").EnumerateArray());
    }

    [Fact]
    public async Task A_test_that_was_ended_for_its_log_ends_its_run_with_that_cause()
    {
        var (runs, _) = await britney.Request("flood", "quiet");
        await worker.Claim(waitSeconds: 30);
        var line = new byte[4_000_000];
        Array.Fill(line, (byte)'x');
        for (var part = 0; part < 6; part++)
            (await worker.PostAsync($"/worker/v1/runs/{runs[0]}/attempts/1/log?worker=w1&offset={part * line.Length}", new ByteArrayContent(line))).EnsureSuccessStatusCode();
        object report = new { exitCode = (int?)null, summary = "", testpkgVersion = "", startedAt = "2026-11-23T11:00:00Z", durationSeconds = 1, timedOut = false, logTooLarge = true, logSize = 6L * line.Length };
        foreach (var _ in new[] { 1, 2 }) // the second, as after a lost answer
        {
            using var reported = await worker.PostAsJsonAsync($"/worker/v1/runs/{runs[0]}/attempts/1/report?worker=w1", report);
            var told = await reported.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal(("FINISHED", "TMPFAIL"), (told.GetProperty("state").GetString(), told.GetProperty("status").GetString()));
            var run = (await anybody.Data("query ($p: String, $id: ID!) { run(id: $id, minPosition: $p) { cause message logUrl } }", new { p = told.GetProperty("position").GetString(), id = $"{runs[0]}" })).GetProperty("run");
            Assert.Equal("LOG_TOO_LARGE", run.GetProperty("cause").GetString());
            Assert.Contains("more log than a run may", run.GetProperty("message").GetString(), StringComparison.Ordinal);
        }

        Assert.Equal(runs[1], (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64()); // others go on
    }

    [Fact]
    public async Task A_subscriber_sees_each_step_and_resumes_behind_its_cursor()
    {
        await using var first = await Subscription.Open(anybody);
        var (runs, _) = await britney.Request("hello");
        var pending = await first.Next(c => c.State == "PENDING");
        await worker.Claim(waitSeconds: 30);
        await first.Next(c => c.State == "RUNNING");
        await first.DisposeAsync();

        await worker.Report(runs[0]);
        await using var second = await Subscription.Open(anybody, after: pending.Cursor);

        Assert.Equal("RUNNING or FINISHED", (await second.Next(_ => true)).State is "RUNNING" or "FINISHED" ? "RUNNING or FINISHED" : "lost");
        Assert.Equal("PASS", (await second.Next(c => c.State == "FINISHED")).Status);
    }

    [Fact]
    public async Task A_run_that_never_ends_holds_up_nobody()
    {
        var (runs, _) = await britney.Request([.. Enumerable.Range(0, 1001).Select(i => $"package{i}")]);
        Assert.NotNull(await worker.Claim("stuck", waitSeconds: 30)); // takes the first and is never heard of again

        await Task.WhenAll(Enumerable.Range(0, 10).Select(w => WorkOffAll(server.Client(server.ReportKey), $"w{w}")));

        await Eventually.True("all results show", async () => await Finished() == 1000);
        Assert.Equal("RUNNING", (await anybody.Data("query ($id: ID!) { run(id: $id) { state } }", new { id = $"{runs[0]}" })).GetProperty("run").GetProperty("state").GetString());
    }

    [Fact]
    public async Task A_batch_sent_again_by_its_own_id_answers_as_the_first_time_and_changes_nothing()
    {
        const string request = "mutation ($p: String!) { requestRuns(input: {batchId: \"b1\", tests: [{package: $p, suite: \"testing\", arch: \"amd64\"}]}) { ... on BatchAccepted { batch runs position } ... on Refused { code message } } }";
        var first = await britney.Data(request, new { p = "hello" });
        var again = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => britney.Data(request, new { p = "hello" })));
        Assert.All(again, a => Assert.Equal($"{first}", $"{a}"));

        var other = await britney.Data(request, new { p = "gzip" });
        Assert.Equal("CONFLICT", other.GetProperty("requestRuns").GetProperty("code").GetString());
        var somebodyElses = await server.Client(server.OtherKey).Data(request, new { p = "hello" });
        Assert.NotEqual($"{first}", $"{somebodyElses}");
    }

    [Fact]
    public async Task A_claim_sent_many_times_at_once_gets_one_run_and_leaves_the_others()
    {
        var (_, position) = await britney.Request("hello", "gzip", "sed");
        await anybody.Data("query ($p: String) { queue(minPosition: $p) { nodes { run } } }", new { p = position });
        var claim = Guid.NewGuid();

        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => worker.Claim(waitSeconds: 5, claim: claim)));

        Assert.Single(answers.Select(a => a!.Value.GetProperty("run").GetInt64()).Distinct());
        var other = await worker.Claim("w2", waitSeconds: 5);
        Assert.NotEqual(answers[0]!.Value.GetProperty("run").GetInt64(), other!.Value.GetProperty("run").GetInt64());
    }

    [Fact]
    public async Task A_cancelled_run_is_taken_from_its_worker_and_a_retry_keeps_what_was_asked()
    {
        var (runs, _) = await britney.Request("hello");
        await worker.Claim(waitSeconds: 30);
        var cancelled = await britney.Data("mutation ($r: ID!) { cancelRun(run: $r) { ... on RunCancelled { run position } ... on Refused { message } } }", new { r = $"{runs[0]}" });
        Assert.True(cancelled.GetProperty("cancelRun").TryGetProperty("position", out _));

        using var heartbeat = await worker.PostAsync($"/worker/v1/runs/{runs[0]}/attempts/1/heartbeat?worker=w1", null);
        Assert.Equal(HttpStatusCode.Conflict, heartbeat.StatusCode);
        using var late = await worker.Report(runs[0]);
        Assert.Equal(HttpStatusCode.Conflict, late.StatusCode);

        var retried = await server.Client(server.OtherKey).Data(
            "mutation ($r: ID!) { retryRun(run: $r) { ... on BatchAccepted { runs position } ... on Refused { message } } }", new { r = $"{runs[0]}" });
        var accepted = retried.GetProperty("retryRun");
        var both = await anybody.Data("query ($a: ID!, $b: ID!, $p: String) { a: run(id: $a, minPosition: $p) { requester state } b: run(id: $b, minPosition: $p) { requester retryOf package } }",
            new { a = $"{runs[0]}", b = accepted.GetProperty("runs")[0].GetString(), p = accepted.GetProperty("position").GetString() });
        Assert.Equal("CANCELLED", both.GetProperty("a").GetProperty("state").GetString());
        Assert.Equal(both.GetProperty("a").GetProperty("requester").GetString(), both.GetProperty("b").GetProperty("requester").GetString());
        Assert.Equal($"{runs[0]}", both.GetProperty("b").GetProperty("retryOf").GetString());
    }

    [Fact]
    public async Task A_private_run_shows_to_its_requester_and_to_operators_only()
    {
        var data = await britney.Data("mutation { requestRuns(input: {tests: [{package: \"secret\", suite: \"testing\", arch: \"amd64\", isPrivate: true}]}) { ... on BatchAccepted { runs position } } }");
        var accepted = data.GetProperty("requestRuns");
        var variables = new { id = accepted.GetProperty("runs")[0].GetString(), p = accepted.GetProperty("position").GetString() };
        const string query = "query ($id: ID!, $p: String) { run(id: $id, minPosition: $p) { package } queue { nodes { package } } package(name: \"secret\") { name } runs { nodes { package } } }";

        foreach (var key in new[] { null, server.OtherKey, server.ReportKey })
            Assert.DoesNotContain("secret", $"{await server.Client(key).Data(query, variables)}");
        foreach (var key in new[] { server.RequestKey, server.AdminKey })
            Assert.Contains("secret", $"{(await server.Client(key).Data(query, variables)).GetProperty("run")}");
    }

    private static async Task WorkOffAll(HttpClient client, string name)
    {
        while (await client.Claim(name, waitSeconds: 1) is { } claimed)
        {
            using var answer = await client.Report(claimed.GetProperty("run").GetInt64(), worker: name);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }
    }

    private async Task<int> Finished()
    {
        var (count, after) = (0, (string?)null);
        while (true)
        {
            var data = await anybody.Data("query ($a: String) { index(suite: \"testing\", arch: \"amd64\", first: 500, after: $a) { nodes { runId } pageInfo { hasNextPage endCursor } } }", new { a = after });
            var index = data.GetProperty("index");
            count += index.GetProperty("nodes").GetArrayLength();
            if (!index.GetProperty("pageInfo").GetProperty("hasNextPage").GetBoolean())
                return count;
            after = index.GetProperty("pageInfo").GetProperty("endCursor").GetString();
        }
    }
}
