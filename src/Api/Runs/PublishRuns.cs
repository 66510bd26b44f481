using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Mediator;

namespace Debci.Api.Runs;

/// <summary>
/// Makes private runs public: own ones, with an operator's key everybody's. Others' are passed over as if they were not there, which is debci's
/// answer, and tells nobody which runs there are. All of them must be over, or none is published.
/// </summary>
/// <param name="Caller">Who.</param>
/// <param name="Runs">Which; those that are public already stay so.</param>
public sealed record PublishRuns(Caller Caller, IReadOnlyCollection<long> Runs) : ICommand<PublishRuns.Done>, INeedsScope
{
    /// <summary>One call publishes at most this many.</summary>
    public const int Most = 1_000;

    /// <summary>What came of it.</summary>
    /// <param name="Runs">Those of the caller's that are public now, by number.</param>
    /// <param name="Position">The position at which they are; 0 when nothing had to change.</param>
    public sealed record Done(IReadOnlyList<long> Runs, long Position);

    /// <inheritdoc/>
    public Scope Needs => Scope.Request;
}

/// <summary>Publishes one after the other; what a crash leaves over, the same call again goes on with.</summary>
public sealed class PublishRunsHandler(RunsQueries runs, RunCommands commands, ReadPosition position, IEventLog log) : ICommandHandler<PublishRuns, PublishRuns.Done>
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async ValueTask<PublishRuns.Done> Handle(PublishRuns command, CancellationToken cancellationToken)
    {
        if (command.Runs.Count > PublishRuns.Most)
            throw new RefusedException(RefusalCode.TooLarge, $"One call publishes at most {PublishRuns.Most} runs, and these are {command.Runs.Count}; send several.", "runs");
        if (!await position.WaitFor(await log.Head(cancellationToken), CatchUp, cancellationToken)) // else a run of the caller's would be passed over in silence
            throw new RefusedException(RefusalCode.NotYet, "The rows of runs are behind, and nothing was published; ask again in a moment.");
        var rows = (await runs.FindMany([.. command.Runs.Distinct()], command.Caller.Viewer, cancellationToken))
            .Where(r => r.Requester == command.Caller.Requester || command.Caller.Has(Scope.Admin)).OrderBy(r => r.Key.Id).ToList();
        if (rows.Find(r => r.Key.Private && !r.IsOver) is { } early)
            throw new RefusedException(RefusalCode.Conflict, $"Run {early.Key.Id} is not over; it can be published when it is. None of these was published.", "runs");
        var (correlation, newest) = (Guid.CreateVersion7(), 0L);
        foreach (var row in rows.Where(r => r.Key.Private))
        {
            var info = new CommandInfo(Uuid5.Create(correlation, $"publish {row.Key.Id}"), "publishRuns", command.Caller.Actor, Correlation: correlation);
            newest = Math.Max(newest, (await commands.Obey(new RunCommand.Publish(row.Key, await ResultOf(row.Key.Id, cancellationToken)), info, cancellationToken)).Position);
        }
        return new PublishRuns.Done([.. rows.Select(r => r.Key.Id)], newest);
    }

    // As the run's stream has it: the rows do not hold all of a report.
    private async Task<RunCommand.KnownResult?> ResultOf(long run, CancellationToken cancellation)
    {
        foreach (var e in await log.ReadStream(Streams.Run(run), 0, cancellation))
        {
            switch (e.Decode())
            {
                case RunEvent.Finished here: return new RunCommand.KnownResult(here, e.RecordedAt);
                case RunEvent.Imported there: return new RunCommand.KnownResult(there.Result, there.Date, there.DurationUnknown);
            }
        }
        return null;
    }
}
