using System.Text;
using Debci.Playground;

namespace Debci.Workers.Tests;

public class SchrootTests
{
    [TestbedTheory("schroot")]
    [InlineData(WorkerKind.Net)]
    public async Task Hello_passes_in_a_real_schroot_and_leaves_no_session_behind(WorkerKind kind)
    {
        var run = await RealRun.Of(kind, "schroot", "hello");

        Assert.True(run.ExitCode == 0, run.Log);
        Assert.Contains("upstream-tests", run.Summary, StringComparison.Ordinal);
    }

    [TestbedTheory("schroot")]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task The_session_of_a_worker_that_was_killed_is_ended_by_the_next_one(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "schroot"));
        using var folder = new Folder();
        using var killed = RealRun.Start(kind, server, folder, "schroot", []);
        await server.UntilAsync(s => s.Log.Length > 0);
        await Eventually.True("there is a session", async () => (await RealRun.Sessions(killed, "schroot")).Length > 0);
        killed.KillHard();
        await killed.EndAsync();

        using var next = RealRun.Start(kind, server, folder, "schroot", ["--idle-exit", "1"]);
        await next.EndAsync();

        Assert.Empty(next.Living());
        Assert.Empty(next.Leftovers);
        Assert.Empty(await RealRun.Sessions(next, "schroot"));
    }

    [TestbedTheory("schroot")]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_suite_without_a_testbed_is_a_testbed_failure_that_says_how_to_make_one(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(new
        {
            run = 1, attempt = 1, package = "hello", suite = "sarge", arch = "amd64", triggers = Array.Empty<string>(), pins = Array.Empty<string>(),
            extraSources = Array.Empty<string>(), backend = "schroot", leaseSeconds = 60, timeoutSeconds = 60,
        });
        using var folder = new Folder();
        using var worker = RealRun.Start(kind, server, folder, "schroot", ["--once"]);

        await worker.EndAsync();

        Assert.Equal(16, server.Report!.Value.GetProperty("exitCode").GetInt32());
        Assert.Contains("ops/testbed sarge amd64 DIR schroot", Encoding.UTF8.GetString(server.Log), StringComparison.Ordinal);
    }
}
