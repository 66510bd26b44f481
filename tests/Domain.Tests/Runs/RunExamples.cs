namespace Debci.Domain.Tests;

/// <summary>One run of green in testing, and what workers say of it.</summary>
internal static class RunExamples
{
    public static readonly RunKey Green = new(71831181, "green", "testing", "amd64", Private: false);
    public static readonly RunCommand.AskedFacts Britney = new("c0ffee00-0000-4000-8000-000000000001", ["green/2"], Pinned: true);
    public static readonly RetryPolicy ThreeAttempts = RetryPolicy.Default;

    public static readonly Report Passed = Saw(0, "2", new TestResult("smoke", TestOutcome.Pass));
    public static readonly Report Failed = Saw(4, "2", new TestResult("smoke", TestOutcome.Fail, "non-zero exit status 1"));
    public static readonly Report Broken = Saw(16, null);
    public static readonly Report NotThere = Saw(12, null);

    public static readonly Verdict Pass = new(Status.Pass, null, "All tests passed");
    public static readonly Verdict Fail = new(Status.Fail, null, "Tests failed");
    public static readonly Verdict TestbedBroke = new(Status.Tmpfail, Cause.TestbedFailure, "testbed failure");
    public static readonly Verdict NoSuchSource = new(Status.Tmpfail, Cause.SourceNotFound, "Unable to locate package green");

    public static RunEvent Started(int attempt, string worker = "alice") => new RunEvent.Started(Green, attempt, worker, "unshare");
    public static RunEvent Lost(int attempt, string worker = "alice") => new RunEvent.Lost(Green, attempt, worker);
    public static RunEvent Cancelled => new RunEvent.Cancelled(Green);
    public static RunEvent Superseded => new RunEvent.Superseded(Green, 71831182);
    public static RunEvent Abandoned(int attempts, Cause cause) => new RunEvent.Abandoned(Green, attempts, cause);

    public static RunEvent AttemptFailed(int attempt, string worker = "alice") =>
        new RunEvent.AttemptFailed(Green, attempt, worker, Cause.TestbedFailure, TestbedBroke.Message, Broken, 60, true);

    public static RunEvent Finished(int attempt, Verdict verdict, Report report, string worker = "alice") => new RunEvent.Finished(
        Green, attempt, worker, verdict.Status, verdict.Message,
        Britney.Pinned, Britney.Triggers, Britney.Requester, report, verdict.Cause, "unshare");

    public static RunCommand Start(int attempt, string worker = "alice") => new RunCommand.Start(Green, attempt, worker, "unshare");
    public static RunCommand Lose(int attempt) => new RunCommand.Lose(Green, attempt, ThreeAttempts);
    public static RunCommand Cancel => new RunCommand.Cancel(Green);
    public static RunCommand Supersede => new RunCommand.Supersede(Green, 71831182);
    public static RunCommand Abandon(Cause cause) => new RunCommand.Abandon(Green, cause);

    public static RunCommand Tell(int attempt, Verdict verdict, Report report, string worker = "alice") =>
        new RunCommand.Tell(Green, attempt, worker, report, verdict, Britney, ThreeAttempts);

    private static Report Saw(int exitCode, string? version, params TestResult[] tests) =>
        new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), 60, tests,
            tests.Length, TimedOut: false, LogBytes: 1000, exitCode, version);
}
