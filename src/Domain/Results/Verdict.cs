namespace Debci.Domain;

/// <summary>What an attempt amounts to.</summary>
/// <param name="Status">debci's status.</param>
/// <param name="Cause">What went wrong outside the package; set just when the status is tmpfail.</param>
/// <param name="Message">The same in a sentence, in debci's words where it has some.</param>
public sealed record Verdict(Status Status, Cause? Cause, string Message)
{
    /// <summary>
    /// The verdict on an attempt by all that is known of it: what its exit code and summary say, unless the testbed had no network
    /// (then also autopkgtest's 12, "erroneous package", is the testbed's fault), or something older than the triggers was tested. Where the log
    /// would have decided and cannot be read, it is not known what was tested: another attempt tells.
    /// </summary>
    public static Verdict Of(Report report, Summary summary, Evidence evidence)
    {
        var plain = Of(report, summary);
        if (CanHideTestbed(plain, report, summary) && evidence.SignOfUnreadiness() is { } sign)
            return Failure(Domain.Cause.TestbedNotReady, $"The testbed was not ready: {sign}");
        if (plain.Cause is null && evidence.LogEnd is null && (evidence.Pinned || CanHideTestbed(plain, report, summary)))
            return Failure(Domain.Cause.TestbedFailure, "The log of this attempt cannot be read, and only it would tell whether the testbed was ready and the pins held");
        return plain.Cause is null && evidence.Staleness(report.Version) is { } older
            ? Failure(Domain.Cause.TriggerNotInArchive, $"{older}: the mirror is behind")
            : plain;
    }

    // A test that has a result ran in a testbed that was fit for it.
    private static bool CanHideTestbed(Verdict plain, Report report, Summary summary) => plain switch
    {
        { Cause: Domain.Cause.TestbedFailure or Domain.Cause.SourceNotFetched or Domain.Cause.SourceNotFound } => true,
        { Cause: Domain.Cause.UnexpectedExit } => report.ExitCode is not (0 or 2 or 4 or 6 or 8),
        { Status: Status.Fail } => report.ExitCode is 12 or 14 && summary.Tests.Count == 0,
        _ => false,
    };

    /// <summary>
    /// Reads an attempt by autopkgtest(1), "Exit status", as debci does, but for what is known to hide in its exit codes:
    /// what is not understood is a tmpfail, never a pass, and never the package's fault.
    /// </summary>
    public static Verdict Of(Report report, Summary summary) => report switch
    {
        { TimedOut: true } => Failure(Domain.Cause.TimedOut, "The run took longer than it may"),
        { LogTooLarge: true } => Failure(Domain.Cause.LogTooLarge, "The test wrote more log than a run may, and was ended"),
        { ExitCode: null } => Failure(Domain.Cause.UnexpectedExit, "autopkgtest ended without an exit code"),
        { ExitCode: 12 or 14 } => OfErroneousPackage(report, summary),
        { ExitCode: 16 } => Failure(Domain.Cause.TestbedFailure, WithComplaint("Could not run tests due to a temporary testbed failure", summary)),
        { ExitCode: not (0 or 2 or 4 or 6 or 8) } => Failure(Domain.Cause.UnexpectedExit, $"Unexpected autopkgtest exit code {report.ExitCode}"),
        _ when summary.UnreadableLine is { } line => Failure(Domain.Cause.UnexpectedExit, $"The summary has a line in no known form: {line}"),
        { ExitCode: 4 or 6 } when IsOfTestbed(summary.Complaint) =>
            Failure(Domain.Cause.TestbedFailure, WithComplaint("The testbed failed while tests ran", summary)),
        { Version: null } => Failure(Domain.Cause.SourceNotFetched, "The tested version is unknown"),
        _ when Contradicts(report.ExitCode.Value, summary) => Failure(Domain.Cause.UnexpectedExit, $"Exit code {report.ExitCode} contradicts the summary"),
        { ExitCode: 0 } => new Verdict(Status.Pass, null, "All tests passed"),
        { ExitCode: 2 } => new Verdict(Status.Pass, null, "Tests passed, but at least one test skipped"),
        { ExitCode: 4 } => new Verdict(Status.Fail, null, "Tests failed"),
        { ExitCode: 6 } => new Verdict(Status.Fail, null, "Tests failed, and at least one test skipped"),
        _ => new Verdict(Status.Neutral, null, "No tests in this package or all skipped"),
    };

    // 12 says "erroneous package" also when there is no such package, and when the testbed cannot look for one.
    private static Verdict OfErroneousPackage(Report report, Summary summary)
    {
        var complaint = summary.Complaint ?? "";
        return complaint switch
        {
            _ when complaint.Contains("deb-src", StringComparison.Ordinal) => Failure(Domain.Cause.TestbedFailure, complaint),
            _ when report.Version is not null => new Verdict(Status.Fail, null, WithComplaint("Erroneous package", summary)),
            _ when complaint.Contains("Unable to locate package", StringComparison.Ordinal)
                || complaint.Contains("Unable to find a source package", StringComparison.Ordinal)
                || complaint.Contains("No packages found", StringComparison.Ordinal) => Failure(Domain.Cause.SourceNotFound, complaint),
            _ => Failure(Domain.Cause.SourceNotFetched, WithComplaint("The source was not fetched", summary)),
        };
    }

    // What autopkgtest's run_tests promises: 0 is passes only; 2 is a pass beside a skip or a flaky failure; 4 and 6 have a failure;
    // 8 has none. It complains (badpkg and such) only of runs that it ends with another code.
    private static bool Contradicts(int exitCode, Summary summary) => exitCode switch
    {
        0 => summary.Complaint is not null || summary.Tests.Count == 0 || summary.Tests.Any(t => t.Result != TestOutcome.Pass),
        2 => summary.Complaint is not null || Any(summary, TestOutcome.Fail) || !Any(summary, TestOutcome.Pass)
            || !(Any(summary, TestOutcome.Skip) || Any(summary, TestOutcome.Flaky)),
        8 => summary.Complaint is not null || Any(summary, TestOutcome.Fail),
        _ => !Any(summary, TestOutcome.Fail),
    };

    // A test can also fail because its testbed does; autopkgtest then says so beside the failure.
    private static bool IsOfTestbed(string? complaint) => complaint?.StartsWith("testbed failure", StringComparison.OrdinalIgnoreCase) is true;

    private static Verdict Failure(Cause cause, string message) => new(Status.Tmpfail, cause, message);

    private static bool Any(Summary summary, TestOutcome result) => summary.Tests.Any(t => t.Result == result);

    private static string WithComplaint(string message, Summary summary) =>
        summary.Complaint is null ? message : $"{message}: {summary.Complaint}";
}
