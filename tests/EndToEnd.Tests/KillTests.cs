using System.Net;
using System.Text.Json;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>kill -9 of each part at work: nothing acknowledged is lost, nothing shows twice, and all goes on after a restart.</summary>
[Collection("processes")]
public sealed class KillTests
{
    private static readonly string[] Packages = [.. Enumerable.Range(0, 40).Select(i => $"package{i}")];

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Real_processes_take_a_request_to_its_result_and_its_log(WorkerKind kind)
    {
        await using var world = await World.Create();
        world.StartWorker("w1", """{"broken": {"exitCode": 4, "log": ["it broke here"]}}""", kind);
        var (runs, _) = await world.Requester.Request("fine", "broken");

        await world.Reaches(runs[0], "FINISHED");
        await world.Reaches(runs[1], "FINISHED");

        Assert.Equal("PASS", (await world.Run(runs[0])).GetProperty("status").GetString());
        Assert.Equal("FAIL", (await world.Run(runs[1])).GetProperty("status").GetString());
        Assert.Contains("it broke here", await world.Anybody.GetStringAsync((await world.Run(runs[1])).GetProperty("logUrl").GetString()));
        using var artifacts = await world.Anybody.GetAsync($"/data/autopkgtest/testing/amd64/b/broken/{runs[1]}/artifacts.tar.gz");
        Assert.True(artifacts.IsSuccessStatusCode);
        using var range = new HttpRequestMessage(HttpMethod.Get, $"/data/autopkgtest/testing/amd64/b/broken/{runs[1]}/log.gz") { Headers = { Range = new(2, 5) } };
        using var part = await world.Anybody.SendAsync(range);
        Assert.Equal((HttpStatusCode.PartialContent, 4), (part.StatusCode, (await part.Content.ReadAsByteArrayAsync()).Length));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // with the log on EventStoreDB, also where nobody asks for it
    public async Task A_killed_server_loses_nothing_that_it_acknowledged(bool onCluster)
    {
        await using var world = await World.Create(onCluster: onCluster);
        world.StartWorker("w1");
        world.StartWorker("w2");
        var (runs, _) = await world.Requester.Request(Packages);
        await world.Reaches(runs[3], "FINISHED"); // in the midst of them

        World.Kill(world.Server);
        await world.StartServer();

        await AllFinishOnce(world, runs);
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_killed_worker_s_run_is_lost_and_tried_again_by_another(WorkerKind kind)
    {
        await using var world = await World.Create();
        var doomed = world.StartWorker("doomed", """{"slow": {"sleepSeconds": 600}}""", kind);
        var (runs, _) = await world.Requester.Request("slow");
        await world.Reaches(runs[0], "RUNNING");

        World.Kill(doomed);
        world.StartWorker("heir", kind: kind);

        await world.Reaches(runs[0], "FINISHED");
        var run = await world.Run(runs[0]);
        Assert.Equal(("heir", 2, "PASS"), (run.GetProperty("worker").GetString(), run.GetProperty("attempt").GetInt32(), run.GetProperty("status").GetString()));
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_worker_that_slept_through_its_lease_changes_nothing_when_it_wakes(WorkerKind kind)
    {
        await using var world = await World.Create();
        var sleeper = world.StartWorker("sleeper", """{"slow": {"sleepSeconds": 600, "log": ["of the sleeper"]}}""", kind);
        var (runs, _) = await world.Requester.Request("slow");
        await world.Reaches(runs[0], "RUNNING");
        await World.Signal(sleeper, "STOP");
        world.StartWorker("heir", """{"slow": {"log": ["of the heir"]}}""", kind);
        await world.Reaches(runs[0], "FINISHED");

        await World.Signal(sleeper, "CONT");
        var (more, _) = await world.Requester.Request("another", "and-another", "a-third");
        foreach (var run in more)
            await world.Reaches(run, "FINISHED");

        var first = await world.Run(runs[0]);
        Assert.Equal(("heir", 2, "PASS"), (first.GetProperty("worker").GetString(), first.GetProperty("attempt").GetInt32(), first.GetProperty("status").GetString()));
        Assert.Equal("of the heir\n", await world.Anybody.GetStringAsync(first.GetProperty("logUrl").GetString()));
    }

    // A result that the worker has and the server has not: the server is killed while the test runs, and the worker while it waits for it.
    [Fact]
    public async Task A_killed_portable_worker_s_result_is_reported_by_the_next_one_and_counts_once()
    {
        await using var world = await World.Create(leaseSeconds: 60);
        var doomed = world.StartWorker("w1", """{"slow": {"sleepSeconds": 1, "log": ["done once"]}}""", WorkerKind.Portable);
        var (runs, _) = await world.Requester.Request("slow");
        await world.Reaches(runs[0], "RUNNING");
        World.Kill(world.Server);
        await Eventually.True("the worker has a result", () => Task.FromResult(world.HasResult("w1")));
        World.Kill(doomed);

        await world.StartServer();
        world.StartWorker("w1", kind: WorkerKind.Portable);
        await world.Reaches(runs[0], "FINISHED");

        var run = await world.Run(runs[0]);
        Assert.Equal((1, "PASS"), (run.GetProperty("attempt").GetInt32(), run.GetProperty("status").GetString()));
        Assert.Equal("done once\n", await world.Anybody.GetStringAsync(run.GetProperty("logUrl").GetString()));
    }

    [Fact]
    public async Task A_run_that_kills_every_worker_is_given_up_after_its_last_attempt()
    {
        await using var world = await World.Create();
        var (runs, _) = await world.Requester.Request("slow");
        foreach (var name in new[] { "w1", "w2", "w3" })
        {
            var worker = world.StartWorker(name, """{"slow": {"sleepSeconds": 600}}""");
            await Eventually.True($"{name} has it", async () => await world.Run(runs[0]) is { ValueKind: JsonValueKind.Object } run && run.GetProperty("worker").GetString() == name);
            World.Kill(worker);
        }
        await world.Reaches(runs[0], "ABANDONED");
        Assert.Equal("WORKER_LOST", (await world.Run(runs[0])).GetProperty("cause").GetString());
    }

    [Fact]
    public async Task A_killed_PostgreSQL_loses_nothing_and_all_goes_on_when_it_is_back()
    {
        await using var world = await World.Create();
        world.StartWorker("w1");
        var (runs, _) = await world.Requester.Request(Packages);
        await world.Reaches(runs[3], "FINISHED");

        world.Cluster.Kill();
        await world.Cluster.Restart();

        await AllFinishOnce(world, runs);
    }

    private static async Task AllFinishOnce(World world, IReadOnlyList<long> runs)
    {
        foreach (var run in runs)
            await world.Reaches(run, "FINISHED");
        var data = await world.Anybody.Data("{ index(suite: \"testing\", arch: \"amd64\", first: 500) { nodes { runId status } } runs(first: 500) { nodes { id } } queue { nodes { run } } }");
        Assert.Equal(runs.Order(), data.GetProperty("index").GetProperty("nodes").EnumerateArray().Select(Id("runId")).Order());
        Assert.Equal(runs.Order(), data.GetProperty("runs").GetProperty("nodes").EnumerateArray().Select(Id("id")).Order());
        Assert.Empty(data.GetProperty("queue").GetProperty("nodes").EnumerateArray());
        foreach (var run in runs)
        {
            var history = await world.Anybody.Data("query ($p: String!) { history(package: $p) { nodes { run } } }", new { p = Packages[runs.ToList().IndexOf(run)] });
            Assert.Single(history.GetProperty("history").GetProperty("nodes").EnumerateArray());
        }
    }

    private static Func<JsonElement, long> Id(string name) => node => long.Parse(node.GetProperty(name).GetString()!);
}
