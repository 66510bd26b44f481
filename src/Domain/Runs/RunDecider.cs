using static Debci.Domain.RunCommand;
using static Debci.Domain.RunEvent;

namespace Debci.Domain;

/// <summary>The life of a run, as one table: what may be asked of it in which state, and what then happens.</summary>
public static class RunDecider
{
    /// <summary>What happens now; nothing when the command was obeyed before.</summary>
    /// <exception cref="RefusedException">The state of the run does not allow it.</exception>
    public static IReadOnlyList<RunEvent> Decide(RunCommand command, Run run) => (command, run) switch
    {
        (Start c, Run.Pending r) when c.Attempt == r.Attempts + 1 => [new Started(c.Run, c.Attempt, c.Worker, c.Backend)],
        (Start c, Run.Running r) when IsHolder(r, c.Attempt, c.Worker) => [], // claimed twice by one lease
        (Start c, _) => throw Late(c.Run, c.Attempt),

        (Tell { Leased: true } c, Run.Running r) when IsHolder(r, c.Attempt, c.Worker) => [EndOfAttempt(c, r)],
        (Tell c, Run.Pending { Last: { } told }) when IsRepetition(c, told) => [], // delivered twice
        (Tell c, Run.Ended { Last: { } told }) when IsRepetition(c, told) => [],
        (Tell c, _) => throw Late(c.Run, c.Attempt),

        (Lose c, Run.Running r) when r.Attempt == c.Attempt => LossOf(c, r),
        (Lose, _) => [], // it has moved on by itself

        (Cancel c, Run.Pending or Run.Running) => [new Cancelled(c.Run, c.Reason)],
        (Cancel, Run.Ended { End: RunEnd.Cancelled }) => [], // asked twice
        (Cancel c, Run.Ended r) => throw Over(c.Run, r),

        (Supersede c, Run.Pending) => [new Superseded(c.Run, c.By)],
        (Supersede, _) => [], // running or over: its result is worth having

        (Abandon c, Run.Pending r) => [new Abandoned(c.Run, r.Attempts, c.Cause)],
        (Abandon, _) => [],

        (ExpireFiles, Run.Ended { WithoutFiles: true }) => [], // they have
        (ExpireFiles c, Run.Ended) => [new FilesExpired(c.Run, c.Rule, c.Limit)],
        (ExpireFiles c, _) => throw new RefusedException(RefusalCode.Conflict, $"Run {c.Run.Id} is not over; its files are kept until it is."),

        (Publish { Run.Private: false }, _) or (Publish, Run.Ended { IsPublished: true }) => [], // it is public
        (Publish c, Run.Ended) => [Publication(c)],
        (Publish c, _) => throw new RefusedException(RefusalCode.Conflict, $"Run {c.Run.Id} is not over; it can be published when it is."),

        _ => throw new System.Diagnostics.UnreachableException($"{command.GetType().Name}, {run.GetType().Name}"),
    };

    private static bool IsHolder(Run.Running run, int attempt, string worker) => run.Attempt == attempt && run.Worker == worker;

    private static bool IsRepetition(Tell command, Run.Told told)
    {
        if (told.Attempt != command.Attempt || told.Worker != command.Worker)
            return false;
        return told.Report.SameOutcome(command.Facts) ? true
            : throw new RefusedException(RefusalCode.Conflict,
                $"Attempt {command.Attempt} of run {command.Run.Id} was reported before with another outcome; the first one counts.");
    }

    private static RunEvent EndOfAttempt(Tell c, Run.Running run) => c.Verdict is { Status: Status.Tmpfail, Cause: { } cause } && c.Policy.After(cause, c.Attempt, run.Unexpected) is { } retry
        ? new AttemptFailed(c.Run, c.Attempt, c.Worker, cause, c.Verdict.Message, c.Facts,
            retry.Delay > TimeSpan.Zero ? (int)retry.Delay.TotalSeconds : null, retry.OtherHost ? true : null)
        : new Finished(c.Run, c.Attempt, c.Worker, c.Verdict.Status, c.Verdict.Message,
            c.Asked.Pinned, c.Asked.Triggers, c.Asked.Requester, c.Facts, c.Verdict.Cause, run.Backend);

    private static RunEvent[] LossOf(Lose c, Run.Running run)
    {
        var lost = new Lost(c.Run, run.Attempt, run.Worker);
        return c.Policy.After(Cause.WorkerLost, run.Attempt) is not null
            ? [lost]
            : [lost, new Abandoned(c.Run, run.Attempt, Cause.WorkerLost, c.Version)];
    }

    private static Published Publication(Publish c)
    {
        var shown = c.Run with { Private = false };
        return c.Result is { } result ? new Published(shown, result.Finished with { Run = shown }, result.EndedAt, result.DurationUnknown) : new Published(shown);
    }

    private static RefusedException Late(RunKey run, int attempt) => new(RefusalCode.Conflict,
        $"Attempt {attempt} of run {run.Id} is not yours to go on with: it was ended, lost or given to another worker. Drop it and claim anew.");

    private static RefusedException Over(RunKey run, Run.Ended ended) => new(RefusalCode.Conflict,
        $"Run {run.Id} is already over ({ended.End.ToString().ToLowerInvariant()}); there is nothing to cancel.");
}
