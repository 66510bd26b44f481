using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Dispatch;

/// <summary>What operators decide: pauses, drains, the reject list, cancelling by filter.</summary>
public sealed class DecisionTests : Dispatching
{
    [Theory]
    [InlineData("ARCH", "amd64", "amd64 is paused")]
    [InlineData("SUITE", "testing", "testing is paused")]
    [InlineData("BACKEND", "fake", "Every backend that could take it is paused")]
    public async Task What_is_paused_is_not_given_out_until_it_is_unpaused(string kind, string name, string waitsFor)
    {
        Assert.Null(await Take("w1"));
        Assert.Equal("Decided", Name(await Do(Operator, $"pause(kind: {kind}, name: \"{name}\", reason: \"moving\")")));
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Null(await Take("w1"));
        Assert.Equal(waitsFor, (await Queue())[0].GetProperty("waitsFor").GetString());
        var pauses = await Anybody.Data("{ pauses { kind name reason actor } }");
        Assert.Equal(("moving", name), (pauses.GetProperty("pauses")[0].GetProperty("reason").GetString(), pauses.GetProperty("pauses")[0].GetProperty("name").GetString()));

        var waiting = Take("w1", waitSeconds: 30); // is woken by the decision
        await Do(Operator, $"unpause(kind: {kind}, name: \"{name}\")");
        Assert.Equal(run, await waiting.WaitAsync(TimeSpan.FromSeconds(20)));
    }

    [Fact]
    public async Task A_drained_worker_finishes_what_it_has_and_gets_nothing_more()
    {
        var runs = await Queue(Alice, Test("aa"), Test("bb"));
        Assert.Equal(runs[0], await Take("w1"));
        await Do(Operator, "drainWorker(worker: \"w1\", reason: \"new disk\")");
        using var beat = await Workers.PostAsync($"/worker/v1/runs/{runs[0]}/attempts/1/heartbeat?worker=w1", null);
        Assert.True(beat.IsSuccessStatusCode);
        using var reported = await Workers.Report(runs[0]);
        Assert.True(reported.IsSuccessStatusCode);
        Assert.Null(await Take("w1"));
        var worker = (await Anybody.Data("{ workers { name drainedAt drainedWhy } }")).GetProperty("workers")[0];
        Assert.Equal("new disk", worker.GetProperty("drainedWhy").GetString());
        await Do(Operator, "resumeWorker(worker: \"w1\")");
        Assert.Equal(runs[1], await Take("w1"));
    }

    [Theory]
    [InlineData("pause(kind: ARCH, name: \"vax\")", "UNKNOWN_ARCH")]
    [InlineData("pause(kind: SUITE, name: \"sarge\")", "UNKNOWN_SUITE")]
    [InlineData("pause(kind: BACKEND, name: \"chroot\")", "UNKNOWN_BACKEND")]
    [InlineData("drainWorker(worker: \"nobody\")", "UNKNOWN_WORKER")]
    [InlineData("drainWorker(worker: \"../x\")", "UNKNOWN_WORKER")]
    [InlineData("rejectRequests(pattern: \"[a-z]\", reason: \"x\")", "INVALID")]
    [InlineData("rejectRequests(pattern: \"linux\")", "INVALID")]
    [InlineData("cancelRuns(filter: {})", "INVALID")]
    public async Task Bad_decisions_are_refused_and_change_nothing(string call, string code) =>
        Assert.Equal(code, (await Do(Operator, call)).GetProperty("code").GetString());

    [Theory]
    [InlineData("pause(kind: ARCH, name: \"amd64\")")]
    [InlineData("drainWorker(worker: \"w1\")")]
    [InlineData("restoreWorker(worker: \"w1\")")]
    [InlineData("rejectRequests(pattern: \"linux\", reason: \"x\")")]
    [InlineData("liftQuarantine(package: \"a1\", suite: \"testing\", arch: \"amd64\")")]
    public async Task Only_operators_decide(string call)
    {
        Assert.Equal("NOT_ALLOWED", (await Do(Alice, call)).GetProperty("code").GetString());
        Assert.Equal("KEY_REQUIRED", (await Do(Anybody, call)).GetProperty("code").GetString());
    }

    [Fact]
    public async Task Requests_on_the_reject_list_are_refused_with_its_reason_until_they_are_readmitted()
    {
        await Do(Operator, "rejectRequests(pattern: \"linux*/testing\", reason: \"it boots the host\")");
        var refused = await Ask(Alice, [Test("linux-signed")]);
        Assert.Equal(("REJECTED", "tests[0].package"), (refused.GetProperty("code").GetString(), refused.GetProperty("path").GetString()));
        Assert.Contains("it boots the host", refused.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(1, (await Ask(Alice, [Test("linux-signed", suite: "unstable")])).GetProperty("accepted").GetInt32());
        Assert.Equal("it boots the host", (await Anybody.Data("{ rejectList { pattern reason } }")).GetProperty("rejectList")[0].GetProperty("reason").GetString());
        await Do(Operator, "readmitRequests(pattern: \"linux*/testing\")");
        Assert.Equal(1, (await Ask(Alice, [Test("linux-signed")])).GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task Runs_are_cancelled_by_filter_and_a_running_one_learns_it_at_its_next_heartbeat()
    {
        var mine = await Queue(Alice, [.. Enumerable.Range(0, 20).Select(i => Test($"p{i}", "perl/5.42"))]);
        var other = (await Queue(Alice, Test("hello", "glibc/2")))[0];
        var bobs = (await Queue(Bob, Test("hello", "perl/5.42")))[0];
        Assert.Equal(mine[0], await Take("w1"));

        var done = await Do(Alice, "cancelRuns(filter: {trigger: \"perl/5.42\"}, reason: \"wrong upload\")");
        Assert.Equal((20, false), (done.GetProperty("cancelled").GetInt32(), done.GetProperty("more").GetBoolean()));
        using var beat = await Workers.PostAsync($"/worker/v1/runs/{mine[0]}/attempts/1/heartbeat?worker=w1", null);
        Assert.Equal(409, (int)beat.StatusCode);
        Assert.Equal("CANCELLED", (await Run(mine[7])).GetProperty("state").GetString());
        Assert.Equal(["PENDING", "PENDING"], new[] { await Run(other), await Run(bobs) }.Select(r => r.GetProperty("state").GetString()));
        Assert.Equal("NOT_ALLOWED", (await Do(Alice, "cancelRuns(filter: {requester: \"00000000-0000-0000-0000-000000000000\"})")).GetProperty("code").GetString());
        Assert.Equal(1, (await Do(Operator, "cancelRuns(filter: {trigger: \"perl/5.42\"})")).GetProperty("cancelled").GetInt32());
        Assert.Contains("wrong upload", await Anybody.GetStringAsync($"/runs/{mine[7]}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_decided_and_why_is_in_the_log()
    {
        await Do(Operator, "pause(kind: SUITE, name: \"testing\", reason: \"freeze\")");
        var events = await Anybody.Data("{ events(filter: {type: \"policy.paused.v1\"}) { nodes { type actor data } } }");
        var paused = events.GetProperty("events").GetProperty("nodes")[0];
        Assert.StartsWith("account:", paused.GetProperty("actor").GetString(), StringComparison.Ordinal);
        var hash = JsonSerializer.Deserialize<JsonElement>(paused.GetProperty("data").GetString()!).GetProperty("reason").GetString()!;
        Assert.Equal("freeze", (await Server.Get<Api.Dispatch.Texts>().Find([hash], default))[hash]);
    }

    private static string? Name(JsonElement answer) => answer.GetProperty("__typename").GetString();
}
