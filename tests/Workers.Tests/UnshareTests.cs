using Debci.Domain;
using Debci.Playground;

namespace Debci.Workers.Tests;

public class UnshareTests
{
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Hello_passes_in_a_real_testbed_and_leaves_nothing_behind(WorkerKind kind)
    {
        var run = await RealRun.Of(kind, "unshare", "hello");

        Assert.True(run.ExitCode == 0, run.Log);
        Assert.Equal(Status.Pass, run.Verdict.Status);
        Assert.Contains("upstream-tests", run.Summary, StringComparison.Ordinal);
        Assert.Contains("autopkgtest [", run.Log, StringComparison.Ordinal);
        Assert.NotNull(run.Artifacts);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_time_out_ends_what_runs_inside_the_namespaces(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "unshare", timeout: 8));
        using var folder = new Folder();
        using var worker = RealRun.Start(kind, server, folder, "unshare", ["--once"]);
        await server.UntilAsync(s => s.Count("log") > 0);
        Assert.NotEmpty(worker.Living());

        var (_, lines) = await worker.EndAsync();

        Assert.True(server.Report is not null, lines);
        Assert.True(server.Report.Value.GetProperty("timedOut").GetBoolean());
        Assert.Empty(worker.Living());
        Assert.Empty(worker.Leftovers);
    }
}
