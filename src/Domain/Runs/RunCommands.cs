namespace Debci.Domain;

/// <summary>What can be asked of a run. Time, ids and policy come with the command.</summary>
/// <param name="Run">Which run, of what.</param>
public abstract record RunCommand(RunKey Run)
{
    /// <summary>A worker has claimed this attempt.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">The attempt that its lease is for; 1 for the first.</param>
    /// <param name="Worker">Who.</param>
    /// <param name="Backend">On which backend.</param>
    public sealed record Start(RunKey Run, int Attempt, string Worker, string Backend) : RunCommand(Run);

    /// <summary>The worker tells how the attempt ended.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">Which attempt.</param>
    /// <param name="Worker">Who.</param>
    /// <param name="Facts">What it saw.</param>
    /// <param name="Verdict">What that amounts to.</param>
    /// <param name="Asked">The request's facts that a result carries.</param>
    /// <param name="Policy">Whether a tmpfail is tried again.</param>
    /// <param name="Leased">Whether the worker's lease still holds. Without it a report can only repeat one that was taken.</param>
    public sealed record Tell(
        RunKey Run, int Attempt, string Worker, Report Facts, Verdict Verdict, AskedFacts Asked, RetryPolicy Policy, bool Leased = true) : RunCommand(Run);

    /// <summary>The lease of this attempt expired.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">Which attempt.</param>
    /// <param name="Policy">How many attempts there may be.</param>
    /// <param name="Version">The version that was to be tested, if the run's triggers name one.</param>
    public sealed record Lose(RunKey Run, int Attempt, RetryPolicy Policy, string? Version = null) : RunCommand(Run);

    /// <summary>Take it back, waiting or running.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Cancel(RunKey Run, string? Reason = null) : RunCommand(Run);

    /// <summary>A newer version was asked for; only a waiting run gives way.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="By">The newer run.</param>
    public sealed record Supersede(RunKey Run, long By) : RunCommand(Run);

    /// <summary>Give up a waiting run.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Cause">Why.</param>
    public sealed record Abandon(RunKey Run, Cause Cause) : RunCommand(Run);

    /// <summary>Keep its log and artifacts no longer.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Rule">The rule that they fall under.</param>
    /// <param name="Limit">The rule's limit: days, or bytes of a package.</param>
    public sealed record ExpireFiles(RunKey Run, RetentionRule Rule, long Limit) : RunCommand(Run);

    /// <summary>Show a private run that is over to everybody.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Result">What came of it, as its stream tells it; null for a run that ended without a result.</param>
    public sealed record Publish(RunKey Run, KnownResult? Result) : RunCommand(Run);

    /// <summary>What came of a run, with what its event alone does not say.</summary>
    /// <param name="Finished">The result.</param>
    /// <param name="EndedAt">What is shown as its time.</param>
    /// <param name="DurationUnknown">True when nobody knows how long it took.</param>
    public sealed record KnownResult(RunEvent.Finished Finished, DateTimeOffset EndedAt, bool? DurationUnknown = null);

    /// <summary>What of the request is repeated in the result.</summary>
    /// <param name="Requester">Account id of who asked.</param>
    /// <param name="Triggers">What caused it.</param>
    /// <param name="Pinned">Whether it runs with pins.</param>
    public sealed record AskedFacts(string Requester, IReadOnlyList<string> Triggers, bool Pinned);
}
