using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Mediator;

namespace Debci.Api.Claims;

/// <summary>A worker asks for a run. The same claim id again (lost answer) gives the same run again.</summary>
/// <param name="Caller">The worker's key.</param>
/// <param name="Claim">The claim's id.</param>
/// <param name="Worker">Who.</param>
/// <param name="Offer">What it can do.</param>
/// <param name="Capacity">How many runs it takes at once, all its claims together.</param>
/// <param name="Software">Its program.</param>
/// <param name="Wait">How long it likes to wait for one.</param>
public sealed record ClaimRun(Caller Caller, Guid Claim, string Worker, Offer Offer, int Capacity, string Software, TimeSpan Wait)
    : ICommand<Taken?>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Report;
}

/// <summary>Waits for a pending run, leases it, and stores that it started.</summary>
public sealed class ClaimRunHandler(
    LiveConfiguration live, Leases leases, Giver giver, WorkerAnnouncements announcements, RunCommands runs, KnownRuns known, ReadPosition position,
    IEventLog log) : ICommandHandler<ClaimRun, Taken?>
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(2);
    private const int MostStale = 3; // rows of runs that cannot start

    /// <inheritdoc/>
    public async ValueTask<Taken?> Handle(ClaimRun command, CancellationToken cancellationToken)
    {
        if (ClaimCheck.Refuse(command, live.Archive) is { } refusal)
            throw new RefusedException(refusal);
        await announcements.Announce(command, cancellationToken);
        var deadline = Environment.TickCount64 + (long)command.Wait.TotalMilliseconds;
        var stale = 0;
        while (await giver.WaitForOne(command, deadline, () => Before(command, cancellationToken), cancellationToken) is { } taken)
        {
            var lease = taken.Lease;
            if (await TryStart(command, lease, cancellationToken))
                return taken;
            // The queue was behind the log: the run has ended, or this attempt of it. Let the queue catch up, and take the next.
            await leases.Drop([(lease.Run.Id, lease.Attempt)], cancellationToken);
            await position.WaitFor(await log.Head(cancellationToken), CatchUp, cancellationToken);
            if (++stale >= MostStale && Environment.TickCount64 >= deadline)
                return null; // it does not catch up
        }
        return null;
    }

    // What this claim was given before, if its answer was lost on the way.
    private async Task<Taken?> Before(ClaimRun command, CancellationToken cancellation)
    {
        if (await leases.OfClaim(command.Claim, cancellation) is not { } lease)
            return null;
        var row = await known.Get(lease.Run.Id, Caller.System, cancellation);
        return new Taken(lease, row.Pins, row.ExtraSources);
    }

    private async Task<bool> TryStart(ClaimRun command, Lease lease, CancellationToken cancellation)
    {
        // The command's id follows from the attempt: the same claim again repeats the ids, and the log knows it.
        var id = Uuid5.Create(command.Claim, $"start {lease.Run.Id} {lease.Attempt}");
        var info = new CommandInfo(id, "claimRun", $"worker:{command.Worker}", Correlation: command.Claim);
        try
        {
            await runs.Obey(new RunCommand.Start(lease.Run, lease.Attempt, lease.Worker, lease.Backend), info, cancellation);
            return true;
        }
        catch (RefusedException)
        {
            return false;
        }
    }
}
