using Debci.Domain;
using Debci.Playground;

namespace Debci.Workers.Tests;

/// <summary>Packages of Debian on each backend that runs on a machine without virtualisation: what is known of them there comes out.</summary>
public class RealPackagesTests
{
    [TestbedTheory(isLong: true)]
    [InlineData("hello", 0)]
    [InlineData("ed", 0)]
    [InlineData("libtry-tiny-perl", 0)]
    [InlineData("figlet", 4)]
    [InlineData("memcached", 8)]
    [InlineData("no-such-package", 12)]
    public async Task In_namespaces(string package, int exitCode) => await Ends("unshare", package, exitCode);

    [TestbedTheory("schroot", isLong: true)]
    [InlineData("hello", 0)]
    [InlineData("gzip", 0)]
    [InlineData("figlet", 4)]
    [InlineData("memcached", 8)]
    public async Task In_a_schroot(string package, int exitCode) => await Ends("schroot", package, exitCode);

    // memcached's tests need a service manager, which only a container has.
    [TestbedTheory("lxc", isLong: true)]
    [InlineData("sed", 0)]
    [InlineData("memcached", 0)]
    [InlineData("figlet", 4)]
    public async Task In_a_container(string package, int exitCode) => await Ends("lxc", package, exitCode);

    [TestbedTheory("schroot", isLong: true)]
    [InlineData("hello", 0)]
    public async Task In_a_schroot_by_the_portable_worker(string package, int exitCode) => await Ends("schroot", package, exitCode, WorkerKind.Portable);

    [TestbedTheory("lxc", isLong: true)]
    [InlineData("hello", 0)]
    public async Task In_a_container_by_the_portable_worker(string package, int exitCode) => await Ends("lxc", package, exitCode, WorkerKind.Portable);

    [TestbedTheory(arch: "i386", isLong: true)]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task On_another_architecture_than_the_hosts(WorkerKind kind)
    {
        var run = await RealRun.Of(kind, "unshare", "hello", arch: "i386");

        Assert.True(run.ExitCode == 0, run.Log);
        Assert.Contains("hello i386", run.Log, StringComparison.Ordinal);
    }

    private static async Task Ends(string backend, string package, int exitCode, WorkerKind kind = WorkerKind.Net)
    {
        var run = await RealRun.Of(kind, backend, package);

        Assert.True(run.ExitCode == exitCode, run.Log);
        Assert.Equal(exitCode switch { 0 => Status.Pass, 4 => Status.Fail, 8 => Status.Neutral, _ => Status.Tmpfail }, run.Verdict.Status);
        Assert.Equal(exitCode == 12 ? Cause.SourceNotFound : null, run.Verdict.Cause);
    }
}
