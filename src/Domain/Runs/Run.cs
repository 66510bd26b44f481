using System.Diagnostics;
using static Debci.Domain.RunEvent;

namespace Debci.Domain;

/// <summary>A run as its stream tells it. The request itself is in the batch's stream.</summary>
public abstract record Run
{
    /// <summary>Waits for a worker.</summary>
    /// <param name="Attempts">How many have begun and come to nothing.</param>
    /// <param name="Last">What the last one reported; null before the first, and when it was lost.</param>
    /// <param name="Unexpected">How many of them ended in an unexpected exit.</param>
    public sealed record Pending(int Attempts, Told? Last, int Unexpected = 0) : Run;

    /// <summary>A worker has it.</summary>
    /// <param name="Attempt">Which attempt.</param>
    /// <param name="Worker">Who.</param>
    /// <param name="Backend">On which backend.</param>
    /// <param name="Unexpected">How many attempts before it ended in an unexpected exit.</param>
    public sealed record Running(int Attempt, string Worker, string Backend, int Unexpected = 0) : Run;

    /// <summary>Ended, for ever.</summary>
    /// <param name="End">How.</param>
    /// <param name="Attempts">How many attempts there were.</param>
    /// <param name="Last">What the deciding attempt reported, for a finished run.</param>
    /// <param name="WithoutFiles">Whether its log and artifacts have expired.</param>
    /// <param name="IsPublished">Whether it was private, and is so no more.</param>
    public sealed record Ended(RunEnd End, int Attempts, Told? Last, bool WithoutFiles = false, bool IsPublished = false) : Run;

    /// <summary>A report that was taken.</summary>
    /// <param name="Attempt">Of which attempt.</param>
    /// <param name="Worker">By whom.</param>
    /// <param name="Status">What that amounted to.</param>
    /// <param name="Report">What it said.</param>
    public sealed record Told(int Attempt, string Worker, Status Status, Report Report);

    /// <summary>Before the first event of its stream.</summary>
    public static readonly Run Unstarted = new Pending(0, null);

    /// <summary>The next state. Never refuses, never guesses.</summary>
    public static Run Evolve(Run run, RunEvent happened) => happened switch
    {
        Started e => new Running(e.Attempt, e.Worker, e.Backend, UnexpectedIn(run)),
        AttemptFailed e => new Pending(e.Attempt, new Told(e.Attempt, e.Worker, Status.Tmpfail, e.Report), UnexpectedIn(run) + (e.Cause is Cause.UnexpectedExit ? 1 : 0)),
        Lost e => new Pending(e.Attempt, null, UnexpectedIn(run)),
        Finished e => new Ended(RunEnd.Finished, e.Attempt, new Told(e.Attempt, e.Worker, e.Status, e.Report)),
        Cancelled => new Ended(RunEnd.Cancelled, AttemptsOf(run), null),
        Superseded => new Ended(RunEnd.Superseded, AttemptsOf(run), null),
        Abandoned e => new Ended(RunEnd.Abandoned, e.Attempts, null),
        Imported e => Evolve(run, e.Result),
        FilesExpired => run is Ended over ? over with { WithoutFiles = true } : run,
        Published => run is Ended over ? over with { IsPublished = true } : run,
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    private static int AttemptsOf(Run run) => run switch
    {
        Pending r => r.Attempts,
        Running r => r.Attempt,
        Ended r => r.Attempts,
        _ => throw new UnreachableException(run.GetType().Name),
    };

    private static int UnexpectedIn(Run run) => run switch
    {
        Pending r => r.Unexpected,
        Running r => r.Unexpected,
        _ => 0,
    };

    private Run() { }
}

/// <summary>The four ways in which a run ends.</summary>
public enum RunEnd
{
    /// <summary>With a result.</summary>
    Finished,
    /// <summary>Taken back.</summary>
    Cancelled,
    /// <summary>A newer version took its place.</summary>
    Superseded,
    /// <summary>Given up after its last attempt.</summary>
    Abandoned,
}
