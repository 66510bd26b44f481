using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Dispatch;

/// <summary>Hosts that break, packages that break hosts, mirrors that are behind.</summary>
public sealed class TroubleTests : Dispatching
{
    protected override int Lease => 1;

    [Fact]
    public async Task What_is_abandoned_three_times_is_held_until_an_operator_lifts_it()
    {
        for (var i = 0; i < 3; i++)
            await Abandon(Test("killer", $"killer/2 xx/{i}"));
        await Eventually.True("it is in quarantine", async () => (await Operator.Data("{ quarantine { version runs } }")).GetProperty("quarantine").GetArrayLength() == 1);
        Assert.Equal(0, (await Anybody.Data("{ quarantine { version } }")).GetProperty("quarantine").GetArrayLength());

        var held = (await Queue(Alice, Test("killer", "killer/2 yy/1")))[0];
        var newer = (await Queue(Bob, Test("killer", "killer/3")))[0];
        Assert.Equal(newer, await Take("w1"));
        Assert.Null(await Take("w2"));
        Assert.StartsWith("It is in quarantine", (await Queue("package: \"killer\"")).Single(r => r.GetProperty("run").GetString() == $"{held}").GetProperty("waitsFor").GetString(), StringComparison.Ordinal);
        await Do(Operator, "liftQuarantine(package: \"killer\", suite: \"testing\", arch: \"amd64\", version: \"2\")");
        Assert.Equal(held, await Take("w2"));
    }

    [Fact]
    public async Task A_worker_that_fails_more_often_than_its_peers_is_set_aside_and_a_passing_probe_restores_it()
    {
        for (var i = 0; i < 12; i++)
            await Pass("good", Test($"good{i}"));
        for (var i = 0; i < 4; i++)
        {
            var run = (await Queue(Alice, Test($"bad{i}")))[0];
            Assert.Equal(run, await Take("bad"));
            using var reported = await Workers.Report(run, worker: "bad", exitCode: 16, summary: "", version: "");
            await Do(Alice, $"cancelRuns(filter: {{package: \"bad{i}\"}})");
        }
        await Eventually.True("it is set aside", async () => (await Worker("bad")).GetProperty("setAsideAt").ValueKind == JsonValueKind.String);
        Assert.Equal("4 of its last 4 attempts failed for reasons of the host, 0 of 12 of its peers'", (await Worker("bad")).GetProperty("setAsideWhy").GetString());
        await Settled();

        var probe = (await Queue(Alice, Test("probe")))[0];
        Assert.Null(await Take("bad")); // not before the time for a probe
        Server.Get<Debci.Api.Configuration.LiveConfiguration>().Replace(Server.Configuration with { ProbeMinutes = 0 });
        Assert.Equal(probe, await Take("bad"));
        await Queue(Alice, Test("second"));
        Assert.Null(await Take("bad")); // one at a time
        using (await Workers.Report(probe, worker: "bad")) { }
        await Eventually.True("it is restored", async () => (await Worker("bad")).GetProperty("setAsideAt").ValueKind == JsonValueKind.Null);
    }

    [Fact]
    public async Task An_operator_restores_a_worker_too()
    {
        var streams = Server.Get<Api.Dispatch.WorkerStreams>();
        await Take("bad");
        await streams.Obey(new Domain.WorkerCommand.PutAside(new Domain.WorkerEvent.SetAside("bad", 4, 4, 0, 12)), new EventLog.CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid()), default);
        await Settled();
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Null(await Take("bad"));
        await Do(Operator, "restoreWorker(worker: \"bad\", reason: \"memory replaced\")");
        Assert.Equal(run, await Take("bad"));
    }

    [Fact]
    public async Task A_probe_that_came_to_nothing_restores_nobody_whosever_fault_that_was()
    {
        await Take("bad");
        await Server.Get<Api.Dispatch.WorkerStreams>().Obey(
            new Domain.WorkerCommand.PutAside(new Domain.WorkerEvent.SetAside("bad", 4, 4, 0, 12)), new EventLog.CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid()), default);
        await Settled();
        Server.Get<Debci.Api.Configuration.LiveConfiguration>().Replace(Server.Configuration with { ProbeMinutes = 0 });
        await Probe("gone", exitCode: 12, "blame: arg:gone deb:gone gone\nbadpkg: apt-cache showsrc didn't succeed: W: Unable to locate package gone\n", "");
        Assert.Equal(JsonValueKind.String, (await Worker("bad")).GetProperty("setAsideAt").ValueKind);
        await Probe("fails", exitCode: 4, "t FAIL x\n", "fails 1-1"); // a failure of the package's own is a result
        await Eventually.True("it is restored", async () => (await Worker("bad")).GetProperty("setAsideAt").ValueKind == JsonValueKind.Null);
    }

    // A pair of requests behind the report tells when it was reacted to.
    private async Task Probe(string package, int exitCode, string summary, string version)
    {
        var probe = (await Queue(Alice, Test(package)))[0];
        Assert.Equal(probe, await Take("bad"));
        using var reported = await Workers.Report(probe, worker: "bad", exitCode: exitCode, summary: summary, version: version);
        Assert.True(reported.IsSuccessStatusCode);
        var marker = (await Queue(Alice, Test("marker", $"{package}/1", arch: "arm64")))[0];
        await Queue(Alice, Test("marker", $"{package}/2", arch: "arm64"));
        await Eventually.True("the marker gave way", async () => (await Run(marker)).GetProperty("state").GetString() == "SUPERSEDED");
    }

    [Fact]
    public async Task A_mirror_that_is_behind_gives_no_result_but_another_attempt_later()
    {
        Server.Get<Debci.Api.Configuration.LiveConfiguration>().Replace(Server.Configuration with { RetryPauseSeconds = 60 });
        var run = (await Queue(Alice, Test("hello", "hello/2.10-4")))[0];
        Assert.Equal(run, await Take("w1"));
        using var reported = await Workers.Report(run, summary: "t PASS\n", version: "hello 2.10-3");
        var row = await Run(run);
        Assert.Equal(("PENDING", "TRIGGER_NOT_IN_ARCHIVE"), (row.GetProperty("state").GetString(), row.GetProperty("cause").GetString()));
        Assert.Null(await Take("w2"));
        var notBefore = (await Anybody.Data("{ queue { nodes { notBefore } } }")).GetProperty("queue").GetProperty("nodes")[0].GetProperty("notBefore").GetDateTimeOffset();
        Assert.InRange(notBefore - DateTimeOffset.UtcNow, TimeSpan.FromMinutes(29), TimeSpan.FromMinutes(31));
    }

    [Fact]
    public async Task A_testbed_without_network_is_seen_in_the_log()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        const string log = "  1s autopkgtest starts\nE: Failed to fetch http://deb.debian.org/x  Temporary failure resolving 'deb.debian.org'\n";
        using (await Workers.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new StringContent(log))) { }
        using var reported = await Workers.Report(run, exitCode: 12, summary: "blame: hello\nbadpkg: rules extract failed\n", version: "", logSize: log.Length);
        Assert.Equal("TESTBED_NOT_READY", (await Run(run)).GetProperty("cause").GetString());
    }

    private async Task Pass(string worker, Dictionary<string, object?> test)
    {
        var run = (await Queue(Alice, test))[0];
        Assert.Equal(run, await Take(worker));
        using var reported = await Workers.Report(run, worker: worker);
        Assert.True(reported.IsSuccessStatusCode);
    }

    // Three workers take it and fall silent.
    private async Task Abandon(Dictionary<string, object?> test)
    {
        var run = (await Queue(Alice, test))[0];
        for (var attempt = 1; attempt <= 3; attempt++)
        {
            Assert.Equal(run, await Take($"w{attempt}", waitSeconds: 20));
            await Eventually.True($"attempt {attempt} is lost", async () => (await Run(run)).GetProperty("state").GetString() != "RUNNING");
        }
        Assert.Equal("ABANDONED", (await Run(run)).GetProperty("state").GetString());
    }

    private async Task<JsonElement> Worker(string name) =>
        (await Anybody.Data("{ workers { name setAsideAt setAsideWhy } }")).GetProperty("workers").EnumerateArray().Single(w => w.GetProperty("name").GetString() == name);
}
