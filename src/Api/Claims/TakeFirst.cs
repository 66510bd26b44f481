using Debci.Domain;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>Leases the first runs of the queue, for many workers at once: one round trip, in which each sees what those before it took.</summary>
/// <param name="database">Where the queue is.</param>
/// <param name="fronts">Remembers where to begin.</param>
public sealed class TakeFirst(NpgsqlDataSource database, LaneFronts fronts)
{
    // For each lane its first row by the index, then the first of these for each clock, then the one whose clock had its last start the
    // longest ago: places of two clocks compare to nothing, and in turn nobody starves. The cost grows with the lanes and not with the
    // queue. A further attempt whose pause is over stands in the order as before. Where a lane begins is what LaneFronts remembers.
    private const string Sql = """
        with lanes as materialized (
            select l.lane, l.backend, l.others, l.front as position, case when l.front = l.position then l.place else -1 end as place, case when l.front = l.position then l.run else -1 end as run
            from (select *, coalesce((select position from read.queue_front where only_row), 0) as front from unnest($1, $2, $3, $9, $10, $11) as l (lane, backend, others, place, run, position)) l),
        heads as (
            select distinct on (q.clock) q.*, l.backend as given, l.position, c.last_start from lanes l
            cross join lateral (
                (select * from read.queue q where q.lane = l.lane and q.state = 'pending' and not q.held and q.not_before is null and q.avoid is null
                    and (q.place, q.run) > (l.place, l.run) and not exists (select from work.leases x where x.run = q.run)
                    order by q.place, q.run limit 1)
                union all
                (select * from read.queue q where q.lane = l.lane and q.state = 'pending' and not q.held and q.not_before is null and q.avoid is not null
                    and (not l.others or q.avoid <> $4) and not exists (select from work.leases x where x.run = q.run)
                    order by q.place, q.run limit 1)
                union all
                (select * from read.queue q where q.lane = l.lane and q.state = 'pending' and not q.held and q.not_before <= now()
                    and (not l.others or q.avoid is distinct from $4) and not exists (select from work.leases x where x.run = q.run)
                    order by q.not_before limit 1)
                union all -- a clock that was set back makes no pause longer than the longest
                (select * from read.queue q where q.lane = l.lane and q.state = 'pending' and not q.held and q.not_before > now() + make_interval(secs => $8)
                    and (not l.others or q.avoid is distinct from $4) and not exists (select from work.leases x where x.run = q.run)
                    order by q.not_before desc limit 1)) q
            join read.queue_clocks c on c.clock = q.clock
            order by q.clock, q.place, q.run),
        first as (
            select * from heads order by last_start nulls first, run limit 1),
        taken as (
            insert into work.leases (run, attempt, worker, account, claim, until, package, suite, arch, private, backend, requester, triggers, pinned)
            select run, attempts + 1, $4, $5, $6, now() + make_interval(secs => $7), package, suite, arch, private,
                given, requester, triggers, pins is not null from first
            on conflict do nothing returning run)
        select f.run, f.package, f.suite, f.arch, f.private, f.attempts + 1, f.given, f.requester, f.triggers, f.pins::text, f.extra_sources, t.run is not null,
            f.lane, f.place, f.position, f.not_before is null and f.avoid is null
        from first f left join taken t on t.run = f.run
        """;

    private const string Heard =
        "insert into work.worker_calls (worker, at) select worker, now() from unnest($1) as w (worker) order by worker on conflict (worker) do update set at = now()";

    // Events may be dated so far ahead of the claim's own time.
    private const double Skew = 60;

    /// <summary>Notes who was heard. For each worker what it was given, in order; null for nothing. <c>Beaten</c> says that there was something, and that its lease did not go in.</summary>
    public async Task<IReadOnlyList<(Taken? Taken, bool Beaten)>> Run(IReadOnlyList<Wanted> wanted, IReadOnlyCollection<string> heard, LeaseTerms terms, CancellationToken cancellation)
    {
        var answers = new (Taken? Taken, bool Beaten)[wanted.Count];
        var open = Enumerable.Range(0, wanted.Count).Where(i => wanted[i].Lanes.Count > 0).ToList();
        if (heard.Count == 0 && open.Count == 0)
            return answers;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var looks = open.Select(i => new Look(i, wanted[i], [.. wanted[i].Lanes.Select(l => fronts.Of(l.Lane))])).ToList();
        var seen = await Ask(connection, looks, heard, terms, cancellation);
        // That there is nothing, only a look at all of the lanes can say.
        var again = seen.Where(s => s.First is null && s.Look.From.Any(f => f != LaneFronts.Beginning)).Select(s => s.Look with { From = [.. s.Look.From.Select(_ => LaneFronts.Beginning)] }).ToList();
        if (again.Count > 0)
            seen.AddRange(await Ask(connection, again, [], terms, cancellation));
        foreach (var (look, first) in seen)
        {
            if (first is null)
                continue;
            answers[look.Number] = (first.Taken, first.Taken is null);
            if (first.Taken is { Lease.Run.Id: var run } && first.StandsByPlace)
                fronts.Took(look.FromIn(first.Lane), first.Lane, first.Place, run, first.Position);
        }
        return answers;
    }

    // One worker's lanes, and from where each is looked at.
    private sealed record Look(int Number, Wanted Wanted, IReadOnlyList<LaneFronts.Front> From)
    {
        public LaneFronts.Front FromIn(string lane) => Wanted.Lanes.Zip(From).First(l => l.First.Lane == lane).Second;
    }

    // What a look found: taken, or not since another was there before. Those that avoid a worker, or waited for a pause, do not stand by their place.
    private sealed record First(Taken? Taken, string Lane, long Place, long Position, bool StandsByPlace);

    // One round trip. Null beside the looks that found nothing.
    private static async Task<List<(Look Look, First? First)>> Ask(
        NpgsqlConnection connection, IReadOnlyList<Look> looks, IReadOnlyCollection<string> heard, LeaseTerms terms, CancellationToken cancellation)
    {
        await using var batch = connection.BeginBatch();
        foreach (var look in looks)
            batch.BatchCommands.Add(Take(look, terms));
        if (heard.Count > 0)
            batch.BatchCommands.Add(Command(Heard, [heard.Distinct().ToArray()]));
        await batch.PrepareAsync(cancellation);
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        var seen = new List<(Look, First?)>();
        foreach (var look in looks)
        {
            await rows.NextResultAsync(cancellation); // the first time, behind the batch's settings
            seen.Add((look, await rows.ReadAsync(cancellation) ? Read(rows, look.Wanted.Worker) : null));
        }
        return seen;
    }

    private static NpgsqlBatchCommand Take(Look look, LeaseTerms terms)
    {
        var (w, from) = (look.Wanted, look.From);
        return Command(Sql, w.Lanes.Select(l => l.Lane).ToArray(), w.Lanes.Select(l => l.Backend).ToArray(), w.Lanes.Select(l => l.Others).ToArray(), w.Worker, w.Account, w.Claim,
            (double)terms.Seconds, terms.LongestPause.TotalSeconds + Skew, from.Select(f => f.Place).ToArray(), from.Select(f => f.Run).ToArray(), from.Select(f => f.Position).ToArray());
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private static First Read(NpgsqlDataReader row, string worker) =>
        new(row.GetBoolean(11) ? ReadTaken(row, worker) : null, row.GetString(12), row.GetInt64(13), row.GetInt64(14), row.GetBoolean(15));

    private static Taken ReadTaken(NpgsqlDataReader row, string worker)
    {
        var run = new RunKey(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4));
        var pins = row.IsDBNull(9) ? null : row.GetString(9);
        var asked = new RunCommand.AskedFacts(row.GetString(7), Words(row.GetString(8)), pins is not null);
        return new Taken(new Lease(run, row.GetInt32(5), worker, row.GetString(6), asked), QueuedPins.Read(pins), Words(row.GetString(10)));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
