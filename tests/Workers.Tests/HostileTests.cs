using System.Formats.Tar;
using System.IO.Compression;
using Debci.Domain;
using Debci.Playground;

namespace Debci.Workers.Tests;

/// <summary>For tests that take all of the processor: nothing else is measured by their side.</summary>
[CollectionDefinition("alone", DisableParallelization = true)]
public class Alone;

/// <summary>Packages whose tests are against the host, in a real testbed: each costs its own run, and its cause has a name.</summary>
[Collection("alone")]
public class HostileTests
{
    // It does not end either, and hears no signal.
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_forks_for_ever_is_ended_by_the_runs_limit(WorkerKind kind)
    {
        var run = await Test(kind, "bomb", [18, 120]); // the second where the machine is too busy to come to the test within the first
        Assert.Equal(Cause.TimedOut, run.Verdict.Cause);
    }

    // Its own test has failed then, or its testbed; what else is on the host has not noticed.
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_kills_its_parents_ends_without_a_pass_that_somebody_could_believe(WorkerKind kind)
    {
        var run = await Test(kind, "patricide", [120]);
        Assert.True(run.Verdict.Cause is not null || (run.Verdict.Status is Status.Fail && run.Summary.Contains("FAIL", StringComparison.Ordinal)), $"{run.Verdict} {run.Summary}");
    }

    // A log of 10 GB would be as this one, which has no end.
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_log_that_has_no_end_is_ended_at_its_limit(WorkerKind kind)
    {
        var run = await Test(kind, "flood", [120], "--log-limit", "30");
        Assert.Equal((null, Cause.LogTooLarge), (run.ExitCode, run.Verdict.Cause));
        Assert.Equal(30_000_000, run.Log.Length);
    }

    // In a schroot, where the test is root and may make devices.
    [TestbedTheory("schroot")]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Artifacts_hold_links_as_links_and_neither_devices_nor_pipes(WorkerKind kind)
    {
        var run = await Test(kind, "artful", [120], backend: "schroot");
        Assert.True(run.Verdict.Status is Status.Pass, run.Log);
        Assert.Contains("brw", run.Log, StringComparison.Ordinal); // there was one
        using var tar = new TarReader(new GZipStream(new MemoryStream(run.Artifacts!), CompressionMode.Decompress));
        var entries = new List<string>();
        while (tar.GetNextEntry() is { } entry)
        {
            Assert.Contains(entry.EntryType, new[] { TarEntryType.RegularFile, TarEntryType.Directory, TarEntryType.SymbolicLink });
            Assert.Equal(0, (int)entry.Mode & ~0b111_111_111);
            entries.Add($"{Path.GetFileName(entry.Name.TrimEnd('/'))}{(entry.EntryType is TarEntryType.SymbolicLink ? $" -> {entry.LinkName}" : "")}");
        }
        Assert.Contains("plain", entries);
        Assert.Contains("shadow -> /etc/shadow", entries);
        Assert.DoesNotContain("pipe", entries);
        Assert.DoesNotContain("null", entries);
        Assert.DoesNotContain("disk", entries);
        Assert.DoesNotContain("passwd", entries);
    }

    private static async Task<RealRun> Test(WorkerKind kind, string package, int[] timeouts, string option = "", string value = "", string backend = "unshare")
    {
        await using var archive = await TwoSuites.StartAsync();
        foreach (var timeout in timeouts)
        {
            var run = await RealRun.Of(kind, backend, package, archive, timeout: timeout, more: option == "" ? [] : [option, value]);
            if (run.Log.Contains("test command1: [-----", StringComparison.Ordinal)) // else it was the testbed
                return run;
        }
        throw new TimeoutException($"The test of {package} did not begin within {timeouts[^1]} s.");
    }
}
