using Debci.Api.Claims;
using Debci.Api.Dispatch;
using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Mediator;

namespace Debci.Api.Runs;

/// <summary>Takes back all runs that fit, at most so many a call. A requester's filter meets own runs only, an operator's everybody's.</summary>
/// <param name="Caller">Who.</param>
/// <param name="Filter">Which; at least one field must say something.</param>
/// <param name="Reason">Why, in the caller's words.</param>
public sealed record CancelRuns(Caller Caller, QueueFilter Filter, string? Reason) : ICommand<CancelRuns.Done>, INeedsScope
{
    /// <summary>One call takes back at most this many; the caller goes on while more remain.</summary>
    public const int Most = 10_000;

    /// <summary>What came of it.</summary>
    /// <param name="Cancelled">How many were taken back now.</param>
    /// <param name="More">Whether there may be more that fit.</param>
    /// <param name="Position">The position at which all of them are; 0 when there were none.</param>
    public sealed record Done(int Cancelled, bool More, long Position);

    /// <inheritdoc/>
    public Scope Needs => Scope.Request;
}

/// <summary>Ends the runs, many at once; one that ends by itself meanwhile is passed over.</summary>
public sealed class CancelRunsHandler(QueueQueries queue, RunCommands runs, Leases leases, Texts texts, ReadPosition position, IEventLog log)
    : ICommandHandler<CancelRuns, CancelRuns.Done>
{
    private const int AtOnce = 32;
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async ValueTask<CancelRuns.Done> Handle(CancelRuns command, CancellationToken cancellationToken)
    {
        if (command.Filter == new QueueFilter())
            throw new RefusedException(RefusalCode.Invalid, "Say which runs: a filter that fits all of them is refused.", "filter");
        var filter = command.Caller.Has(Scope.Admin) ? command.Filter : Own(command);
        await position.WaitFor(await log.Head(cancellationToken), CatchUp, cancellationToken); // what the caller asked for before is met
        var rows = await queue.List(filter, null, CancelRuns.Most, command.Caller.Viewer, cancellationToken);
        var (cancelled, newest) = await Cancel(rows, command, cancellationToken);
        return new CancelRuns.Done(cancelled, rows.Count == CancelRuns.Most, newest);
    }

    private static QueueFilter Own(CancelRuns command) => command.Filter.Requester is null || command.Filter.Requester == command.Caller.Requester
        ? command.Filter with { Requester = command.Caller.Requester }
        : throw new RefusedException(RefusalCode.NotAllowed, "Others' runs are cancelled by them, or by an operator.", "filter.requester");

    private async Task<(int Cancelled, long Newest)> Cancel(IReadOnlyList<QueueRow> rows, CancelRuns command, CancellationToken cancellation)
    {
        var reason = await texts.Keep(command.Reason, cancellation);
        var correlation = Guid.CreateVersion7();
        var (cancelled, newest) = (0, 0L);
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellation };
        await Parallel.ForEachAsync(rows, options, async (row, stop) =>
        {
            var info = new CommandInfo(Uuid5.Create(correlation, $"cancel {row.Run}"), "cancelRuns", command.Caller.Actor, Correlation: correlation);
            try
            {
                var obeyed = await runs.Obey(new RunCommand.Cancel(new RunKey(row.Run, row.Package, row.Suite, row.Arch, row.Private), reason), info, stop);
                await leases.Drop(row.Run, stop);
                Interlocked.Increment(ref cancelled);
                InterlockedMax(ref newest, obeyed.Position);
            }
            catch (RefusedException)
            {
                // It has ended by itself.
            }
        });
        return (cancelled, newest);
    }

    private static void InterlockedMax(ref long place, long value)
    {
        for (var seen = Interlocked.Read(ref place); value > seen; seen = Interlocked.Read(ref place))
            Interlocked.CompareExchange(ref place, value, seen);
    }
}
