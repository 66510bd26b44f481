using Debci.Domain;
using Debci.Playground;

namespace Debci.Workers.Tests;

/// <summary>Migration runs for real: a local archive of two suites, a real testbed that knows no other archive, real autopkgtest.</summary>
public class MigrationTests
{
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task What_passes_in_its_own_suite_fails_with_the_newer_version_pinned_and_nothing_else_comes_from_there(WorkerKind kind)
    {
        await using var archive = await TwoSuites.StartAsync();
        Assert.Equal(0, (await RealRun.Of(kind, "unshare", "reader", archive)).ExitCode);

        var pinned = await RealRun.Of(kind, "unshare", "reader", archive, "lone");
        Assert.Equal(4, pinned.ExitCode);
        Assert.Contains("lone 2", pinned.Installed);
        Assert.False(Evidence.IsFallback(pinned.Log));
        Assert.DoesNotContain("green", pinned.Log, StringComparison.Ordinal);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    public async Task Pins_that_are_not_enough_are_given_up_and_the_log_says_so(WorkerKind kind)
    {
        await using var archive = await TwoSuites.StartAsync();
        var run = await RealRun.Of(kind, "unshare", "deeper", archive, "green"); // which needs leaf of the other suite
        Assert.True(run.ExitCode == 0, run.Log);
        Assert.True(Evidence.IsFallback(run.Log), run.Log);
    }
}
