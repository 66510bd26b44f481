using Dapper;
using Debci.Domain;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Requests;

/// <summary>
/// Joins identical requests: what a request is (<see cref="TestRequest.Identity"/>) belongs to one run until that is over. The key is
/// reserved before the run is stored, so that of two requests at the same moment one makes the run and the other joins it.
/// </summary>
/// <remarks>
/// The keys only say where to look. A request joins a run that the rows show as pending or running; a key whose run is over is taken over, and
/// one whose run was never stored (a crash) when its batch is given up in the log (<see cref="BatchFence"/>): the batch may have stood still only.
/// So no key has to be freed in time: <see cref="Forget"/> clears away what is long over.
/// </remarks>
public sealed class RequestKeys
{
    private const int AtOnce = 64;
    private const int MostShared = 100; // keys; a large batch goes alone, lest single requests wait for it
    private static readonly TimeSpan LargeInFlight = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan InFlight = TimeSpan.FromSeconds(3);
    private const int MostTries = 20;

    private readonly NpgsqlDataSource database;
    private readonly QueueQueries queue;
    private readonly RunsQueries runs;
    private readonly ReadPosition position;
    private readonly WholeRows rows;
    private readonly BatchFence fence;
    private readonly SharedTurn<Wish, bool> turn;

    private sealed record Wish(Guid Batch, IReadOnlyDictionary<string, long> Wanted);

    private sealed record Held(string Key, long Run, Guid Batch, bool Recent);

    /// <summary>Where keys and runs are.</summary>
    public RequestKeys(NpgsqlDataSource database, QueueQueries queue, RunsQueries runs, ReadPosition position, WholeRows rows, BatchFence fence)
    {
        (this.database, this.queue, this.runs, this.position, this.rows, this.fence) = (database, queue, runs, position, rows, fence);
        turn = new(AtOnce, wishes => Insert(wishes));
    }

    /// <summary>For each key the run that it belongs to now: one of ours, or an older one that is not over.</summary>
    /// <param name="batch">Our batch. What it has reserved before (and then crashed) is still ours.</param>
    /// <param name="wanted">Keys, none twice, with the run that each is to get if it is free.</param>
    /// <param name="beginsAnew">Whether the batch was given up before: what it still holds it takes over from itself, lest whoever gave it up does.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">Others go on and on to ask for the same, and die.</exception>
    public async Task<IReadOnlyDictionary<string, (long Run, bool Ours)>> Reserve(
        Guid batch, IReadOnlyDictionary<string, long> wanted, bool beginsAnew, CancellationToken cancellation)
    {
        var wish = new Wish(batch, wanted);
        var free = wanted.Count > MostShared ? (await Insert([wish])).Single() : await turn.Ask(wish);
        var held = free ? [.. wanted.Select(w => new Held(w.Key, w.Value, batch, true))] : await Find(wanted.Keys, cancellation);
        for (var tries = 0; ; tries++)
        {
            var others = held.Where(h => h.Batch != batch || (beginsAnew && h.Run != wanted[h.Key])).ToList();
            var dead = others.Count == 0 ? [] : await Dead(batch, others, cancellation);
            if (others.All(h => h.Batch != batch) && dead.Count == 0)
                return held.ToDictionary(h => h.Key, h => (h.Run, h.Batch == batch));
            if (tries == MostTries)
                throw new RefusedException(RefusalCode.NotYet, "Somebody else asks for the same tests at this moment; ask again.");
            foreach (var some in dead.Where(d => d.Free).Select(d => d.Key).Concat(others.Where(h => h.Batch == batch)).Chunk(1000))
                await TakeOver(batch, some, wanted, cancellation);
            held = await Find(wanted.Keys, cancellation);
        }
    }

    // Of others' keys those whose run is not pending or running. Its run is over, and then it is free; or it was never stored, and then it is
    // free when its batch is given up. That fails when the batch has come to life again meanwhile: then look again.
    private async Task<IReadOnlyList<(Held Key, bool Free)>> Dead(Guid batch, List<Held> others, CancellationToken cancellation)
    {
        others = [.. others.Where(h => h.Batch != batch)];
        if (others.Count == 0)
            return [];
        var alive = await Alive(others, cancellation);
        var dead = others.Where(h => !alive.Contains(h.Run)).ToList();
        var known = await runs.Known([.. dead.Select(h => h.Run)], cancellation);
        var given = new Dictionary<Guid, bool>();
        foreach (var stuck in dead.Where(h => !known.ContainsKey(h.Run)).Select(h => h.Batch).Distinct())
            given[stuck] = await fence.GiveUp(stuck, batch, cancellation);
        return [.. dead.Where(h => known.GetValueOrDefault(h.Run, true)).Select(h => (h, known.ContainsKey(h.Run) || given[h.Batch]))];
    }

    /// <summary>
    /// Marks a batch as being stored, until the mark is disposed of or this process dies: what it has reserved meanwhile is its own, however
    /// long that takes. Null for a batch that is stored in no time.
    /// </summary>
    public async Task<IAsyncDisposable?> Mark(Guid batch, int size, CancellationToken cancellation) =>
        size > MostShared ? await BatchMark.Set(database, batch, cancellation) : null;

    /// <summary>
    /// Clears away keys of runs that are over, and of batches that a crash cut short: these are given up before, lest one of them goes on when its
    /// keys are somebody else's.
    /// </summary>
    /// <exception cref="RefusedException">The rows do not say which are.</exception>
    public async Task Forget(CancellationToken cancellation)
    {
        await rows.MustHaveAll(cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var stuck = (await connection.QueryAsync<Held>(new CommandDefinition(
            "select key, run, batch, false as recent from work.request_keys k where k.at < now() - interval '1 hour' and not exists (select from read.runs r where r.run = k.run)",
            cancellationToken: cancellation))).ToList();
        var kept = (await BatchMark.Find(database, stuck.Select(k => k.Batch), cancellation)).ToHashSet();
        foreach (var batch in stuck.Select(k => k.Batch).Distinct().Except(kept).ToList())
        {
            if (!await fence.GiveUp(batch, Guid.Empty, cancellation))
                kept.Add(batch);
        }
        await connection.ExecuteAsync(new CommandDefinition(
            "delete from work.request_keys k where k.at < now() - interval '1 hour' and not exists (select from read.queue q where q.run = k.run) and batch <> all(@kept)",
            new { kept = kept.ToArray() }, cancellationToken: cancellation));
    }

    // Whether all keys of each wish were free. In one order for all, so that two batches of the same requests wait for each other and
    // never both for the other.
    private async Task<IReadOnlyList<bool>> Insert(IReadOnlyList<Wish> wishes)
    {
        var rows = wishes.SelectMany(w => w.Wanted.Select(k => (k.Key, Run: k.Value, w.Batch))).ToList();
        await using var connection = await database.OpenConnectionAsync();
        var inserted = (await connection.QueryAsync<long>("""
            insert into work.request_keys (key, run, batch) select key, run, batch from unnest(@keys, @runs, @batches) as w (key, run, batch) order by key
            on conflict do nothing returning run
            """, new { keys = rows.Select(r => r.Key).ToArray(), runs = rows.Select(r => r.Run).ToArray(), batches = rows.Select(r => r.Batch).ToArray() })).ToHashSet();
        return [.. wishes.Select(w => w.Wanted.Values.All(inserted.Contains))];
    }

    private async Task<List<Held>> Find(IEnumerable<string> keys, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<Held>(new CommandDefinition(
            "select key, run, batch, at > now() - interval '10 seconds' as recent from work.request_keys where key = any(@keys)",
            new { keys = keys.ToArray() }, cancellationToken: cancellation))];
    }

    // The rows must have passed what was stored before we looked: then a run that they do not show as alive is over or unknown. One that
    // is unknown is being stored at this moment when its batch is marked so (look before the rows: who has no mark any more has stored
    // all), or when its key is fresh.
    private async Task<IReadOnlySet<long>> Alive(List<Held> others, CancellationToken cancellation)
    {
        for (var waited = Environment.TickCount64; ;)
        {
            var marked = await BatchMark.Find(database, others.Select(o => o.Batch), cancellation);
            await rows.MustHaveAll(cancellation); // or refuses: a run that the rows have not come to looks as if it were over
            var next = position.NextMove;
            var alive = await queue.Alive([.. others.Select(h => h.Run)], cancellation);
            var inFlight = Environment.TickCount64 - waited < InFlight.TotalMilliseconds;
            long[] fresh = [.. others.Where(h => !alive.Contains(h.Run) && (marked.Contains(h.Batch) || (h.Recent && inFlight))).Select(h => h.Run)];
            if (fresh.Length == 0 || (await runs.Known(fresh, cancellation)).Count == fresh.Length)
                return alive;
            if (Environment.TickCount64 - waited > LargeInFlight.TotalMilliseconds)
                throw new RefusedException(RefusalCode.NotYet, "A large batch with some of these tests is being stored; ask again in a minute.");
            await next.WaitAsync(InFlight, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    // Only from the run that we saw: somebody else may have taken it over meanwhile.
    private async Task TakeOver(Guid batch, Held[] dead, IReadOnlyDictionary<string, long> wanted, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("""
            update work.request_keys k set run = t.fresh, batch = @batch, at = now()
            from (select * from unnest(@keys, @old, @fresh) as t (key, old, fresh) order by key) t where k.key = t.key and k.run = t.old
            """, new { batch, keys = dead.Select(h => h.Key).ToArray(), old = dead.Select(h => h.Run).ToArray(), fresh = dead.Select(h => wanted[h.Key]).ToArray() },
            cancellationToken: cancellation));
    }
}
