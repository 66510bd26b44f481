using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Import;

/// <summary>From a record to what is stored.</summary>
internal static class ImportedRun
{
    private static readonly Guid Scope = Guid.Parse("6f1b0c1e-7f43-5d0a-9d7e-3f0c5f2b8a11"); // of names below; never changes

    /// <summary>The event.</summary>
    /// <param name="record">A record with a result.</param>
    /// <param name="requester">Account id.</param>
    /// <param name="brought">Its files; null where there are none.</param>
    /// <param name="words">Hash of what stood in the place of triggers.</param>
    public static RunEvent.Imported Event(DebciRecord record, string requester, Brought? brought, string? words)
    {
        var date = record.Date ?? record.UpdatedAt;
        var tests = record.Summary?.Tests ?? [];
        var report = new Report(date.AddSeconds(-(record.Duration ?? 0)), record.Duration ?? 0, Report.Kept(tests), tests.Count, TimedOut: false, brought?.LogBytes ?? 0,
            record.ExitCode, record.Version, brought?.TestbedPackages, brought?.ArtifactsBytes);
        var result = new RunEvent.Finished(record.Run, 1, record.Worker ?? "", record.Status!.Value, record.Message ?? Sentence(record.Status.Value), record.Pinned,
            JsonRecord.Triggers(record.Trigger) ?? [], requester, report, record.ExitCode == 16 ? Cause.TestbedFailure : null, record.Backend);
        return new RunEvent.Imported(result, record.UpdatedAt, date, record.Pins, record.ExtraSources, record.CreatedAt, record.Duration is null ? true : null, words);
    }

    /// <summary>The command behind it: the same record always has the same id, and so has its event.</summary>
    public static CommandInfo Command(RunEvent.Imported run, Guid import)
    {
        var content = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(EventCodec.Write(run)));
        return new CommandInfo(Uuid5.Create(Scope, $"{run.Run.Id} {content}"), "importRun", "debci", Correlation: import, Origin: Origin.Import);
    }

    /// <summary>Whether two records are of one run with one result, whatever else the one says beyond the other.</summary>
    public static bool IsSame(RunEvent.Imported one, RunEvent.Imported other) =>
        (one.Run, one.Result.Status, one.Result.Report.Version) == (other.Run, other.Result.Status, other.Result.Report.Version);

    /// <summary>Whether a record is of the run and the result that were imported.</summary>
    public static bool IsSame(RunEvent.Imported there, DebciRecord record) =>
        (there.Run, there.Result.Status, there.Result.Report.Version) == (record.Run, record.Status, record.Version);

    private static string Sentence(Status status) => status switch
    {
        Status.Pass => "All tests passed",
        Status.Fail => "Tests failed",
        Status.Neutral => "No tests in this package or all skipped",
        Status.Tmpfail => "Could not run tests due to a temporary testbed failure",
    };
}
