using Debci.Domain;

namespace Debci.Projections;

/// <summary>Where a run stands.</summary>
public enum RunState
{
    /// <summary>Waits for a worker.</summary>
    Pending,
    /// <summary>A worker has it.</summary>
    Running,
    /// <summary>Has a result.</summary>
    Finished,
    /// <summary>Was taken back.</summary>
    Cancelled,
    /// <summary>Gave way to a newer version.</summary>
    Superseded,
    /// <summary>Was given up after its last attempt.</summary>
    Abandoned,
}

/// <summary>A run, as asked for and as far as it has come. Times are UTC by the log's clock; duration in seconds by the worker's.
/// <c>Backend</c> is the one asked for, if any; <c>UsedBackend</c> the one that the newest attempt runs on. <c>Needs</c> are words of <see cref="Routing"/>;
/// <c>Reason</c> is the hash of what was said when it was cancelled. An imported run has the times of the system that it ran in: <c>EndedAt</c> is when
/// its test ended, <c>UpdatedAt</c> when the outcome was accepted there, <c>ImportedAt</c> when it came here by the log's clock; for runs of here all is one,
/// and the latter two are null. <c>Position</c> is that of the event that changed its state last.</summary>
public sealed record RunRow(
    RunKey Key, string Requester, IReadOnlyList<string> Triggers, IReadOnlyList<Pin> Pins, IReadOnlyList<string> ExtraSources,
    string? Backend, int Priority, long? RetryOf, RunState State, int Attempt, string? Worker, string? UsedBackend,
    DateTimeOffset RequestedAt, DateTimeOffset? StartedAt, DateTimeOffset? EndedAt,
    Status? Status, Cause? Cause, string? Message, int? ExitCode, string? Version, int? DurationSeconds,
    IReadOnlyList<TestResult> Tests, int? TestCount, long? LogBytes, long? ArtifactsBytes, IReadOnlyList<string> Needs, string? Reason, bool PinsDropped = false,
    DateTimeOffset? UpdatedAt = null, DateTimeOffset? ImportedAt = null, ExpiredFiles? Expired = null, long Position = 0)
{
    /// <summary>Whether it has ended, in whichever way.</summary>
    public bool IsOver => State is not (RunState.Pending or RunState.Running);

    /// <summary>Whether the log of an attempt may still grow: it is the one that runs.</summary>
    public bool Grows(int attempt) => State == RunState.Running && Attempt == attempt;

    /// <summary>Whether it ran in another system.</summary>
    public bool IsImported => ImportedAt is not null;
}

/// <summary>That a run's log and artifacts are kept no longer.</summary>
/// <param name="At">Since when, UTC.</param>
/// <param name="Rule">By which rule.</param>
/// <param name="Limit">Its limit: days, or bytes of a package.</param>
public sealed record ExpiredFiles(DateTimeOffset At, RetentionRule Rule, long Limit)
{
    /// <summary>The same in a sentence.</summary>
    public string Sentence => $"Expired on {At:yyyy-MM-dd} by policy: {(Rule == RetentionRule.Age
        ? $"logs and artifacts are kept for {Limit} days" : $"a package keeps {Limit:#,0} bytes of logs and artifacts")}, and those of the newest pass and the newest fail.";
}
