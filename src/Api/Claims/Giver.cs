using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Projections;

namespace Debci.Api.Claims;

/// <summary>Finds the run for a claim: which lanes the worker may take from now, and then the first run of these.</summary>
public sealed class Giver(LiveConfiguration live, Leases leases, QueueQueries queue, DispatchState dispatch, ReadPosition position)
{
    // A lease that is given back and a time that comes move nothing in the log.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);

    /// <summary>A lease; null when there was nothing for this worker for as long as it likes to wait.</summary>
    public async Task<Lease?> WaitForOne(ClaimRun claim, CancellationToken cancellation)
    {
        var deadline = Environment.TickCount64 + (long)claim.Wait.TotalMilliseconds;
        while (true)
        {
            var news = Task.WhenAny(position.NextMove, dispatch.NextChange); // before the look: a run queued in between wakes us
            var lease = await Take(claim, cancellation);
            var left = TimeSpan.FromMilliseconds(deadline - Environment.TickCount64);
            if (lease is not null || left <= TimeSpan.Zero)
                return lease;
            await ((Task)news).WaitAsync(left < LookAgain ? left : LookAgain, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    private async Task<Lease?> Take(ClaimRun claim, CancellationToken cancellation)
    {
        var view = await dispatch.Look(cancellation);
        var standing = view.Workers.FirstOrDefault(w => w.Row.Name == claim.Worker)?.Row;
        if (standing?.DrainedAt is not null || (standing?.SetAsideAt is { } since && !await leases.MayProbe(claim.Worker, since, live.Current.ProbeMinutes, cancellation)))
            return null;
        var open = (await queue.Lanes(cancellation)).Select(l => (l.Lane, Backend: view.BackendFor(claim.Offer, l.Lane))).Where(l => l.Backend is not null)
            .Select(l => new OpenLane(l.Lane.Name, l.Backend!, view.AnotherTakes(claim.Worker, l.Lane))).ToList();
        var lease = open.Count == 0 ? null
            : await leases.TakeFirst(claim.Claim, claim.Worker, claim.Caller.AccountId, open, live.Current.LeaseSeconds, cancellation);
        if (lease is not null && standing?.SetAsideAt is not null)
            await leases.Probes(claim.Worker, cancellation);
        return lease;
    }
}

/// <summary>A lane that a worker may take from.</summary>
/// <param name="Lane">Its name.</param>
/// <param name="Backend">On which of the worker's backends.</param>
/// <param name="Others">Whether another worker takes from it, to which a run goes that this one has lost.</param>
public sealed record OpenLane(string Lane, string Backend, bool Others);
