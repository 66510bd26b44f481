using Debci.Domain;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>A lane that a worker may take from.</summary>
/// <param name="Lane">Its name.</param>
/// <param name="Backend">On which of the worker's backends.</param>
/// <param name="Others">Whether another worker takes from it, to which a run goes that this one has lost.</param>
public sealed record OpenLane(string Lane, string Backend, bool Others);

/// <summary>A worker that wants a run.</summary>
/// <param name="Claim">The claim's id.</param>
/// <param name="Worker">Who.</param>
/// <param name="Account">The account of its key.</param>
/// <param name="Lanes">From where.</param>
public sealed record Wanted(Guid Claim, string Worker, Guid Account, IReadOnlyList<OpenLane> Lanes);

/// <summary>A run that was leased, with what its worker has to know of the request.</summary>
/// <param name="Lease">The lease.</param>
/// <param name="Pins">Packages from another suite.</param>
/// <param name="ExtraSources">Names of apt sources to add.</param>
public sealed record Taken(Lease Lease, IReadOnlyList<Pin> Pins, IReadOnlyList<string> ExtraSources);

/// <summary>Leases the first runs of the queue, for many workers at once: one round trip, in which each sees what those before it took.</summary>
public static class TakeFirst
{
    // For each lane its first row by the index, then the first of these for each clock, then the one whose clock had its last start the
    // longest ago: places of two clocks compare to nothing, and in turn nobody starves. The cost grows with the lanes and not with the
    // queue. A further attempt whose pause is over stands in the order as before.
    private const string Sql = """
        with heads as (
            select distinct on (q.clock) q.*, l.backend as given, c.last_start from unnest($1, $2, $3) as l (lane, backend, others)
            cross join lateral (
                (select * from read.queue q where q.lane = l.lane and q.state = 'pending' and not q.held and q.not_before is null
                    and (not l.others or q.avoid is distinct from $4) and not exists (select from work.leases x where x.run = q.run)
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
        select f.run, f.package, f.suite, f.arch, f.private, f.attempts + 1, f.given, f.requester, f.triggers, f.pins::text, f.extra_sources, t.run is not null
        from first f left join taken t on t.run = f.run
        """;

    private const string Heard =
        "insert into work.worker_calls (worker, at) select worker, now() from unnest($1) as w (worker) order by worker on conflict (worker) do update set at = now()";

    // Events may be dated so far ahead of the claim's own time.
    private const double Skew = 60;

    /// <summary>Notes who was heard. For each worker what it was given, in order; null for nothing. <c>Beaten</c> says that there was something, and that its lease did not go in.</summary>
    public static async Task<IReadOnlyList<(Taken? Taken, bool Beaten)>> Run(
        NpgsqlDataSource database, IReadOnlyList<Wanted> wanted, IReadOnlyCollection<string> heard, int seconds, TimeSpan longest, CancellationToken cancellation)
    {
        if (heard.Count == 0 && wanted.All(w => w.Lanes.Count == 0))
            return [.. wanted.Select(_ => ((Taken?)null, false))];
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var batch = connection.BeginBatch();
        foreach (var w in wanted.Where(w => w.Lanes.Count > 0))
            batch.BatchCommands.Add(Command(Sql, w.Lanes.Select(l => l.Lane).ToArray(), w.Lanes.Select(l => l.Backend).ToArray(), w.Lanes.Select(l => l.Others).ToArray(), w.Worker, w.Account, w.Claim, (double)seconds, longest.TotalSeconds + Skew));
        if (heard.Count > 0)
            batch.BatchCommands.Add(Command(Heard, [heard.Distinct().ToArray()]));
        await batch.PrepareAsync(cancellation);
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        await rows.NextResultAsync(cancellation); // behind the batch's settings
        var answers = new List<(Taken?, bool)>();
        foreach (var w in wanted)
        {
            if (w.Lanes.Count == 0)
            {
                answers.Add((null, false));
                continue;
            }
            var found = await rows.ReadAsync(cancellation);
            answers.Add(!found ? (null, false) : rows.GetBoolean(11) ? (Read(rows, w.Worker), false) : (null, true));
            await rows.NextResultAsync(cancellation);
        }
        return answers;
    }

    private static NpgsqlBatchCommand Command(string sql, params object[] values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        return command;
    }

    private static Taken Read(NpgsqlDataReader row, string worker)
    {
        var run = new RunKey(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetBoolean(4));
        var pins = row.IsDBNull(9) ? null : row.GetString(9);
        var asked = new RunCommand.AskedFacts(row.GetString(7), Words(row.GetString(8)), pins is not null);
        return new Taken(new Lease(run, row.GetInt32(5), worker, row.GetString(6), asked), QueuedPins.Read(pins), Words(row.GetString(10)));
    }

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
