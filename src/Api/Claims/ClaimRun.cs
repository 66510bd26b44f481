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
    : ICommand<Claimed?>, INeedsScope
{
    /// <inheritdoc/>
    public Scope Needs => Scope.Report;
}

/// <summary>What a worker has to do.</summary>
public sealed record Claimed(Lease Lease, RunRow Run);

/// <summary>Waits for a pending run, leases it, and stores that it started.</summary>
public sealed class ClaimRunHandler(
    LiveConfiguration live, Leases leases, Giver giver, WorkerAnnouncements announcements, RunCommands runs, KnownRuns known, ReadPosition position,
    IEventLog log) : ICommandHandler<ClaimRun, Claimed?>
{
    private static readonly TimeSpan CatchUp = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async ValueTask<Claimed?> Handle(ClaimRun command, CancellationToken cancellationToken)
    {
        if (ClaimCheck.Refuse(command, live.Archive) is { } refusal)
            throw new RefusedException(refusal);
        await announcements.Announce(command, cancellationToken);
        await leases.Heard(command.Worker, cancellationToken);
        while ((await leases.OfClaim(command.Claim, cancellationToken) ?? await giver.WaitForOne(command, cancellationToken)) is { } lease)
        {
            var row = await RowOf(lease, cancellationToken); // before anything is stored: without it there is nothing to answer
            if (await TryStart(command, lease, cancellationToken))
                return new Claimed(lease, row);
            // The queue was behind the log: the run has ended, or this attempt of it. Let the queue catch up, and take the next.
            await leases.Drop([(lease.Run.Id, lease.Attempt)], cancellationToken);
            await position.WaitFor(await log.Head(cancellationToken), CatchUp, cancellationToken);
        }
        return null;
    }

    private async Task<RunRow> RowOf(Lease lease, CancellationToken cancellation)
    {
        try
        {
            return await known.Get(lease.Run.Id, Caller.System, cancellation);
        }
        catch (RefusedException)
        {
            // The queue knows a run that the runs do not: their read model has stopped, or is being made anew.
            await leases.Drop([(lease.Run.Id, lease.Attempt)], cancellation);
            throw new RefusedException(RefusalCode.NotYet, $"Run {lease.Run.Id} cannot be given out yet, since its row is missing; claim again later. See /health.");
        }
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
