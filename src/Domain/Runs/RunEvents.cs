namespace Debci.Domain;

// STORED CONTRACT: the names and fields below are on disk for ever. Add, never rename or remove.
// Stream: run-<id>, which begins with the first Started or with an end that came before any start.
// The life: Requested -> (Started -> AttemptFailed | Lost)* -> exactly one of Finished, Cancelled, Superseded, Abandoned; or Imported, which is all of that.
// Behind the end, each at most once and in any order: Published, FilesExpired.

/// <summary>Which run, and of what; in every event, so that no reader has to look it up.</summary>
/// <param name="Id">The number that people quote.</param>
/// <param name="Package">Source package.</param>
/// <param name="Suite">Suite it runs in.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Private">Whether only its requester and operators may see it.</param>
public sealed record RunKey(long Id, string Package, string Suite, string Arch, bool Private);

/// <summary>What happens to a run after it was requested.</summary>
public abstract record RunEvent
{
    /// <summary>A worker began an attempt.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">1 for the first.</param>
    /// <param name="Worker">Who runs it.</param>
    /// <param name="Backend">autopkgtest's virtualisation server.</param>
    public sealed record Started(RunKey Run, int Attempt, string Worker, string Backend) : RunEvent;

    /// <summary>The attempt came to nothing through no fault of the package, and another is due.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">Which attempt.</param>
    /// <param name="Worker">Who ran it.</param>
    /// <param name="Cause">What went wrong.</param>
    /// <param name="Message">The same in a sentence.</param>
    /// <param name="Report">What the worker saw.</param>
    /// <param name="DelaySeconds">The next attempt begins so long after this event's recorded time at the earliest; null: at once.</param>
    /// <param name="OtherHost">True when another worker shall have it, where there is one; null when any may.</param>
    public sealed record AttemptFailed(
        RunKey Run, int Attempt, string Worker, Cause Cause, string Message, Report Report,
        int? DelaySeconds = null, bool? OtherHost = null) : RunEvent;

    /// <summary>The worker fell silent: its lease expired. The next attempt is another worker's, where there is one.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">Which attempt.</param>
    /// <param name="Worker">Who had it.</param>
    public sealed record Lost(RunKey Run, int Attempt, string Worker) : RunEvent;

    /// <summary>The end of a run that has a result.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempt">The deciding attempt.</param>
    /// <param name="Worker">Who ran it.</param>
    /// <param name="Status">debci's status.</param>
    /// <param name="Message">The result in a sentence.</param>
    /// <param name="Pinned">Whether it ran with pins: such a result is no package's current status.</param>
    /// <param name="Triggers">As requested; the result counts for these.</param>
    /// <param name="Requester">Account id of who asked.</param>
    /// <param name="Report">What the worker saw.</param>
    /// <param name="Cause">What went wrong outside the package; set just for a tmpfail.</param>
    /// <param name="Backend">On which backend; null in what was stored before it was noted here.</param>
    public sealed record Finished(
        RunKey Run, int Attempt, string Worker, Status Status, string Message,
        bool Pinned, IReadOnlyList<string> Triggers, string Requester, Report Report, Cause? Cause = null, string? Backend = null) : RunEvent;

    /// <summary>Somebody took it back (who is in the envelope).</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Reason">Why, in the words of who did it: their SHA-256 in the table of texts; null when nothing was said.</param>
    public sealed record Cancelled(RunKey Run, string? Reason = null) : RunEvent;

    /// <summary>A newer version was asked for before it ran.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="By">The newer run.</param>
    public sealed record Superseded(RunKey Run, long By) : RunEvent;

    /// <summary>Given up after the last attempt that the policy allows.</summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Attempts">How many there were.</param>
    /// <param name="Cause">Why the last one came to nothing.</param>
    /// <param name="Version">The version that was to be tested, as its trigger names it; null when none does.</param>
    public sealed record Abandoned(RunKey Run, int Attempts, Cause Cause, string? Version = null) : RunEvent;

    /// <summary>
    /// A run that another system asked for and finished, as that one tells it: the whole of its stream until it is published or its files expire. It is over from the
    /// first, so that nobody waits for it, claims it or reacts to it; and its times are facts of the other system's, while the log's tell when it came here.
    /// </summary>
    /// <param name="Result">What came of it. Its report holds what is known; the attempt is 1, and the worker empty where nobody says who it was.</param>
    /// <param name="UpdatedAt">When the other system accepted the outcome; debci's <c>updated_at</c>, which britney orders results by.</param>
    /// <param name="Date">When the test ended; debci's <c>date</c>.</param>
    /// <param name="Pins">Packages from another suite, where they are known. A pinned result without any: they are not.</param>
    /// <param name="ExtraSources">Names of apt sources that were added.</param>
    /// <param name="CreatedAt">When it was asked for; null when nobody says.</param>
    /// <param name="DurationUnknown">True when nobody says how long it took, and the report's 0 means nothing; null when it is known.</param>
    /// <param name="Words">What stood there in the place of triggers, in somebody's own words: their SHA-256 in the table of texts; null when nothing did.</param>
    public sealed record Imported(
        Finished Result, DateTimeOffset UpdatedAt, DateTimeOffset Date, IReadOnlyList<Pin> Pins, IReadOnlyList<string> ExtraSources,
        DateTimeOffset? CreatedAt = null, bool? DurationUnknown = null, string? Words = null) : RunEvent
    {
        /// <summary>Which run.</summary>
        public RunKey Run => Result.Run;
    }

    /// <summary>
    /// Its log and artifacts are kept no longer. They are deleted behind this event; what came of the run stays as it is, and nothing of it moves.
    /// </summary>
    /// <param name="Run">Which run.</param>
    /// <param name="Rule">The rule that they fell under.</param>
    /// <param name="Limit">The rule's limit at the time: days, or bytes of a package.</param>
    public sealed record FilesExpired(RunKey Run, RetentionRule Rule, long Limit) : RunEvent;

    /// <summary>
    /// A private run is public from now on, by its requester's word or an operator's (who is in the envelope). What came of it is told again,
    /// so that whatever shows public results takes it up here; its time, its place among outcomes and its files stay what they were.
    /// </summary>
    /// <param name="Run">Which run, as it is now: not private.</param>
    /// <param name="Result">What came of it; null for a run that ended without a result.</param>
    /// <param name="EndedAt">What is shown as the result's time.</param>
    /// <param name="DurationUnknown">True when nobody knows how long it took, and the report's 0 means nothing; null when it is known.</param>
    public sealed record Published(RunKey Run, Finished? Result = null, DateTimeOffset? EndedAt = null, bool? DurationUnknown = null) : RunEvent;

    private RunEvent() { }
}

/// <summary>Why files are kept no longer.</summary>
public enum RetentionRule
{
    /// <summary>They are older than is kept.</summary>
    Age,
    /// <summary>Their package has more than it may, and these are the oldest.</summary>
    Size,
}
