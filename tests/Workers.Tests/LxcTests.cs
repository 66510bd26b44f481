using Debci.Playground;

namespace Debci.Workers.Tests;

public class LxcTests
{
    [TestbedTheory("lxc")]
    [InlineData(WorkerKind.Net)]
    public async Task Hello_passes_in_a_real_container_that_is_gone_afterwards(WorkerKind kind)
    {
        var run = await RealRun.Of(kind, "lxc", "hello");

        Assert.True(run.ExitCode == 0, run.Log);
        Assert.Contains("upstream-tests", run.Summary, StringComparison.Ordinal);
    }

    [TestbedTheory("lxc")]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task The_container_of_a_worker_that_was_killed_is_removed_by_the_next_one(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "lxc"));
        using var folder = new Folder();
        using var killed = RealRun.Start(kind, server, folder, "lxc", []);
        await server.UntilAsync(s => s.Log.Length > 0);
        await Eventually.True("there is a container", async () => (await RealRun.Sessions(killed, "lxc")).Length > 0);
        killed.KillHard();
        await killed.EndAsync();

        using var next = RealRun.Start(kind, server, folder, "lxc", ["--idle-exit", "1"]);
        await next.EndAsync();

        Assert.Empty(next.Living());
        Assert.Empty(next.Leftovers);
        Assert.Empty(await RealRun.Sessions(next, "lxc"));
    }

    [TestbedTheory("lxc", isLong: true)]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_time_out_ends_the_container(WorkerKind kind)
    {
        var run = await RealRun.Of(kind, "lxc", "hello", timeout: 8);

        Assert.Equal((null, Domain.Cause.TimedOut), (run.ExitCode, run.Verdict.Cause));
    }
}
