namespace Debci.Domain;

// STORED CONTRACT: part of run.finished.v1 and run.attempt-failed.v1. Add, never rename or remove.

/// <summary>What a worker saw of one attempt.</summary>
/// <param name="StartedAt">When the worker began, by the worker's clock.</param>
/// <param name="DurationSeconds">How long it took, by the worker's clock.</param>
/// <param name="Tests">The result of each test, as <see cref="Kept"/> keeps them; the summary file has the rest.</param>
/// <param name="TestCount">How many tests there were.</param>
/// <param name="TimedOut">Whether the whole run was ended by its time limit.</param>
/// <param name="LogBytes">Size of the plain log.</param>
/// <param name="ExitCode">autopkgtest's exit code; null when it never ended (time-out).</param>
/// <param name="Version">The tested version, from <c>testpkg-version</c>; null when the source was never fetched.</param>
/// <param name="TestbedPackages">SHA-256 (lower case hex) of the list of packages in the testbed, which is kept as a file.</param>
/// <param name="ArtifactsBytes">Size of artifacts.tar.gz; null when there is none.</param>
/// <param name="PinsDropped">True when autopkgtest could not do with the pins, and took more of the other suite; null when not.</param>
/// <param name="LogTooLarge">True when the worker ended the test since it wrote more log than a run may; null when not.</param>
public sealed record Report(
    DateTimeOffset StartedAt,
    int DurationSeconds,
    IReadOnlyList<TestResult> Tests,
    int TestCount,
    bool TimedOut,
    long LogBytes,
    int? ExitCode = null,
    string? Version = null,
    string? TestbedPackages = null,
    long? ArtifactsBytes = null,
    bool? PinsDropped = null,
    bool? LogTooLarge = null)
{
    /// <summary>More tests than this stay in the summary file only, so that an event keeps its size.</summary>
    public const int MostTests = 1000;

    private const int MostTestBytes = 500_000;

    /// <summary>
    /// The tests that an event holds: the first <see cref="MostTests"/>, and no more than fit when JSON has to escape every character
    /// (six bytes each), since an append has a limit in bytes.
    /// </summary>
    public static IReadOnlyList<TestResult> Kept(IReadOnlyList<TestResult> tests)
    {
        var bytes = 0;
        return [.. tests.Take(MostTests).TakeWhile(t => (bytes += 60 + (6 * (t.Name.Length + (t.Detail?.Length ?? 0)))) <= MostTestBytes)];
    }

    /// <summary>Whether the other tells the same outcome (a report delivered twice), whatever its clock says.</summary>
    public bool SameOutcome(Report other) =>
        (ExitCode, Version, TimedOut, LogTooLarge, TestCount) == (other.ExitCode, other.Version, other.TimedOut, other.LogTooLarge, other.TestCount)
        && Tests.SequenceEqual(other.Tests);
}

/// <summary>The result of one test of a package, a line of autopkgtest's <c>summary</c>.</summary>
/// <param name="Name">The test's name; it may stand twice.</param>
/// <param name="Result">What came of it.</param>
/// <param name="Detail">What autopkgtest wrote behind it; null when nothing.</param>
public sealed record TestResult(string Name, TestOutcome Result, string? Detail = null);

/// <summary>The words of autopkgtest's summary.</summary>
public enum TestOutcome
{
    /// <summary>Passed.</summary>
    Pass,
    /// <summary>Failed.</summary>
    Fail,
    /// <summary>Not run: the testbed lacks what it needs, or the test said so itself.</summary>
    Skip,
    /// <summary>Failed, and marked as flaky: does not count as a failure.</summary>
    Flaky,
}

/// <summary>The result of a run, in debci's words.</summary>
public enum Status
{
    /// <summary>All tests passed, or were skipped but one.</summary>
    Pass,
    /// <summary>A test failed, or the package is erroneous.</summary>
    Fail,
    /// <summary>No test ran that says anything about the package.</summary>
    Neutral,
    /// <summary>The infrastructure failed; says nothing about the package.</summary>
    Tmpfail,
}

/// <summary>What went wrong outside the package.</summary>
public enum Cause
{
    /// <summary>The archive has no such source package.</summary>
    SourceNotFound,
    /// <summary>The source could not be fetched, or its version was never learnt.</summary>
    SourceNotFetched,
    /// <summary>The testbed broke (autopkgtest's 16), or was not fit to run anything.</summary>
    TestbedFailure,
    /// <summary>The testbed had no network, or apt could not bring its indexes up to date.</summary>
    TestbedNotReady,
    /// <summary>The mirror was behind: what was tested is older than what the triggers name.</summary>
    TriggerNotInArchive,
    /// <summary>autopkgtest ended in a way that its manual does not describe, or contradicted itself.</summary>
    UnexpectedExit,
    /// <summary>The run took longer than the limit for a whole run.</summary>
    TimedOut,
    /// <summary>The worker fell silent.</summary>
    WorkerLost,
    /// <summary>The test wrote more log than a run may, and was ended.</summary>
    LogTooLarge,
}
