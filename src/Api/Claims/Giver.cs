using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>Finds the run for a claim: which lanes its worker may take from now, and then the first run of these.</summary>
/// <remarks>
/// Claims of one node take turns, lest all of them look at the same first row. Another node may still be faster with a row: then our lease
/// does not go in, and we look again.
/// </remarks>
public sealed class Giver
{
    // A lease that is given back and a time that comes move nothing in the log.
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private const int AtOnce = 64;
    private const int MostTries = 10;

    private readonly LiveConfiguration live;
    private readonly NpgsqlDataSource database;
    private readonly Leases leases;
    private readonly QueueQueries queue;
    private readonly DispatchState dispatch;
    private readonly ReadPosition position;
    private readonly LaneFronts fronts;
    private readonly SharedTurn<Asked, (Taken? Taken, bool Beaten)> turn;

    private sealed record Asked(ClaimRun Claim, bool First);

    /// <summary>Where it looks.</summary>
    public Giver(LiveConfiguration live, NpgsqlDataSource database, Leases leases, QueueQueries queue, DispatchState dispatch, ReadPosition position, TimeProvider clock)
    {
        fronts = new LaneFronts(clock);
        (this.live, this.database, this.leases, this.queue, this.dispatch, this.position) = (live, database, leases, queue, dispatch, position);
        turn = new(AtOnce, Serve);
    }

    /// <summary>A leased run; null when there was nothing for this worker for as long as it likes to wait.</summary>
    /// <param name="claim">What is wanted.</param>
    /// <param name="deadline">Until when it likes to wait, in <see cref="Environment.TickCount64"/>'s milliseconds.</param>
    /// <param name="before">Finds what this claim was given before; asked where nothing can be taken at once, and where a lease does not go in.</param>
    /// <param name="cancellation">The caller leaves.</param>
    public async Task<Taken?> WaitForOne(ClaimRun claim, long deadline, Func<Task<Taken?>> before, CancellationToken cancellation)
    {
        for (var first = true; ; first = false)
        {
            var news = Task.WhenAny(position.NextMove, dispatch.NextChange); // before the look: a run queued in between wakes us
            var taken = await Take(claim, first, before) ?? (first ? await before() : null);
            var left = TimeSpan.FromMilliseconds(deadline - Environment.TickCount64);
            if (taken is not null || left <= TimeSpan.Zero)
                return taken;
            await ((Task)news).WaitAsync(left < LookAgain ? left : LookAgain, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            cancellation.ThrowIfCancellationRequested();
        }
    }

    // Who is beaten may have been so by itself: the same claim, whose first call still waits for an answer that nobody hears.
    private async Task<Taken?> Take(ClaimRun claim, bool first, Func<Task<Taken?>> before)
    {
        for (var tries = 0; ; tries++)
        {
            var (taken, beaten) = await turn.Ask(new Asked(claim, first));
            if (!beaten || tries == MostTries || (taken = await before()) is not null)
                return taken;
        }
    }

    private async Task<IReadOnlyList<(Taken? Taken, bool Beaten)>> Serve(IReadOnlyList<Asked> some)
    {
        var view = await dispatch.Look(default);
        var wanted = await Open([.. some.Select(a => a.Claim)], view);
        var answers = await new TakeFirst(database, fronts).Run(wanted, [.. some.Where(a => a.First).Select(a => a.Claim.Worker)], new(live.Current.LeaseSeconds, live.Retries.Longest), default);
        foreach (var (asked, (taken, _)) in some.Zip(answers))
        {
            if (taken is not null && view.Of(asked.Claim.Worker)?.SetAsideAt is not null)
                await leases.Probes(asked.Claim.Worker, default);
        }
        return answers;
    }

    private async Task<IReadOnlyList<Wanted>> Open(IReadOnlyList<ClaimRun> claims, DispatchView view)
    {
        var lanes = await queue.Lanes();
        var wanted = new List<Wanted>();
        foreach (var claim in claims)
        {
            var open = await MayTake(claim.Worker, view) && !(view.Of(claim.Worker)?.SetAsideAt is not null && wanted.Any(w => w.Worker == claim.Worker)) // one probe at a time
                ? lanes.Select(l => (l.Lane, Backend: view.BackendFor(claim.Offer, l.Lane))).Where(l => l.Backend is not null)
                    .Select(l => new OpenLane(l.Lane.Name, l.Backend!, view.AnotherTakes(claim.Worker, l.Lane))).ToList()
                : [];
            wanted.Add(new Wanted(claim.Claim, claim.Worker, claim.Caller.AccountId, open));
        }
        return wanted;
    }

    private async Task<bool> MayTake(string worker, DispatchView view) => view.Of(worker) switch
    {
        { DrainedAt: not null } => false,
        { SetAsideAt: { } since } => await leases.MayProbe(worker, since, live.Current.ProbeMinutes, default),
        _ => true,
    };
}
