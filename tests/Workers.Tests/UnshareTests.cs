using System.Text;
using Debci.Playground;

namespace Debci.Workers.Tests;

public class UnshareTests
{
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Hello_passes_in_a_real_testbed_and_leaves_nothing_behind(WorkerKind kind)
    {
        Assert.True(TestbedTheoryAttribute.Testbeds is not null,
            "On CI there must be a testbed: make one with `ops/testbed bookworm amd64 DIR` and set DEBCI_TEST_TESTBEDS=DIR.");
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "unshare"));
        using var folder = new Folder();
        Folder.MakeReachable(folder.Path);
        using var worker = WorkerProgram.Start(folder.Path,
        [
            "--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", "unshare",
            "--testbeds", TestbedTheoryAttribute.Testbeds, "--once", .. Environment.IsPrivilegedProcess ? ["--run-as", "debci-test"] : Array.Empty<string>(),
        ], kind: kind);

        await server.UntilAsync(s => s.Count("log") > 0);
        await server.UntilAsync(s => s.Count("testbed-packages") > 0);
        var (_, lines) = await worker.EndAsync();

        Assert.True(server.Report is not null, lines);
        Assert.Equal(0, server.Report.Value.GetProperty("exitCode").GetInt32());
        Assert.StartsWith("hello ", server.Report.Value.GetProperty("testpkgVersion").GetString(), StringComparison.Ordinal);
        Assert.Contains("upstream-tests", server.Report.Value.GetProperty("summary").GetString(), StringComparison.Ordinal);
        Assert.Contains("autopkgtest [", Encoding.UTF8.GetString(server.Log), StringComparison.Ordinal);
        Assert.Contains("dpkg\t", Encoding.UTF8.GetString(server.Files["testbed-packages"]), StringComparison.Ordinal);
        Assert.Empty(worker.Living());
        Assert.Empty(worker.Leftovers);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_time_out_ends_what_runs_inside_the_namespaces(WorkerKind kind)
    {
        Assert.NotNull(TestbedTheoryAttribute.Testbeds);
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "unshare", timeout: 8));
        using var folder = new Folder();
        Folder.MakeReachable(folder.Path);
        using var worker = WorkerProgram.Start(folder.Path,
        [
            "--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", "unshare",
            "--testbeds", TestbedTheoryAttribute.Testbeds, "--once", .. Environment.IsPrivilegedProcess ? ["--run-as", "debci-test"] : Array.Empty<string>(),
        ], kind: kind);

        await server.UntilAsync(s => s.Count("log") > 0);
        Assert.NotEmpty(worker.Living());

        var (_, lines) = await worker.EndAsync();

        Assert.True(server.Report is not null, lines);
        Assert.True(server.Report.Value.GetProperty("timedOut").GetBoolean());
        Assert.Empty(worker.Living());
        Assert.Empty(worker.Leftovers);
    }
}
