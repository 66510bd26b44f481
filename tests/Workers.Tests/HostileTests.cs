using Debci.Playground;

namespace Debci.Workers.Tests;

/// <summary>For tests that take all of the processor: nothing else is measured by their side.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public class Alone;

/// <summary>Packages whose tests are against the host, in a real testbed.</summary>
[Collection("alone")]
public class HostileTests
{
    [TestbedTheory]
    [InlineData(WorkerKind.Net, "bomb")]
    [InlineData(WorkerKind.Net, "patricide")]
    [InlineData(WorkerKind.Portable, "patricide")]
    public async Task A_test_that_forks_for_ever_or_kills_all_that_it_can_costs_its_own_run_and_nothing_else(WorkerKind kind, string package)
    {
        await using var archive = await TwoSuites.StartAsync();
        var run = await MigrationTests.Test(kind, archive, package, timeout: 25);
        Assert.NotEqual(0, run.ExitCode);
    }
}
