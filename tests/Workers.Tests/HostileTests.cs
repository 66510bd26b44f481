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
    private const string Begun = "test command1: [-----";

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_forks_for_ever_is_ended_by_the_runs_limit(WorkerKind kind)
    {
        var run = await Test(kind, "bomb", timeout: 25);
        Assert.Equal(Cause.TimedOut, run.Verdict.Cause);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_never_ends_and_hears_no_signal_is_ended_by_the_runs_limit(WorkerKind kind)
    {
        var run = await Test(kind, "endless", timeout: 15);
        Assert.Equal(Cause.TimedOut, run.Verdict.Cause);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_kills_its_parents_has_no_result_of_its_package(WorkerKind kind)
    {
        var run = await Test(kind, "patricide", timeout: 60);
        Assert.Contains(run.Verdict.Cause, new Cause?[] { Cause.TestbedFailure, Cause.UnexpectedExit, Cause.TimedOut });
    }

    // A log of 10 GB would be as this one, which has no end.
    [TestbedTheory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_log_that_has_no_end_is_ended_at_its_limit(WorkerKind kind)
    {
        var run = await Test(kind, "flood", timeout: 120, "--log-limit", "30");
        Assert.Equal((null, Cause.LogTooLarge), (run.ExitCode, run.Verdict.Cause));
        Assert.Equal(30_000_000, run.Log.Length);
    }

    [TestbedTheory]
    [InlineData(WorkerKind.Net, "unshare")]
    [InlineData(WorkerKind.Portable, "unshare")]
    public async Task Artifacts_hold_links_as_links_and_neither_devices_nor_pipes_nor_sockets(WorkerKind kind, string backend)
    {
        var run = await Test(kind, "artful", timeout: 120, backend: backend);
        Assert.True(run.Verdict.Status is Status.Pass, run.Log);
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
        Assert.DoesNotContain("passwd", entries);
    }

    private static async Task<RealRun> Test(WorkerKind kind, string package, int timeout, string option = "", string value = "", string backend = "unshare")
    {
        await using var archive = await TwoSuites.StartAsync();
        var run = await RealRun.Of(kind, backend, package, archive, timeout: timeout, more: option == "" ? [] : [option, value]);
        Assert.Contains(Begun, run.Log, StringComparison.Ordinal); // else it was the testbed
        return run;
    }
}
