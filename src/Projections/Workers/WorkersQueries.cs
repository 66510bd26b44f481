using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>A worker, how it stands, and the runs that it has, as far as the viewer may see them. Times are UTC by the log's clock.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Offer">What it can do.</param>
/// <param name="Capacity">How many runs it takes at once.</param>
/// <param name="Software">Its program.</param>
/// <param name="AnnouncedAt">When it said so.</param>
/// <param name="DrainedAt">Since when it takes nothing more, by somebody's command.</param>
/// <param name="DrainedWhy">Hash of the reason.</param>
/// <param name="SetAsideAt">Since when it gets probes only.</param>
/// <param name="SetAsideWhy">Why, in a sentence.</param>
/// <param name="Runs">What it is running.</param>
public sealed record WorkerRow(
    string Name, Offer Offer, int Capacity, string Software, DateTimeOffset AnnouncedAt,
    DateTimeOffset? DrainedAt, string? DrainedWhy, DateTimeOffset? SetAsideAt, string? SetAsideWhy, IReadOnlyList<long> Runs)
{
    /// <summary>Whether this is what it says of itself.</summary>
    public bool Says(WorkerEvent.Announced words) => words.SaysTheSame(new(Name, Offer.Arches, Offer.Backends, Software,
        Offer.Tags.Count == 0 ? null : Offer.Tags, Capacity == 1 ? null : Capacity));
}

/// <summary>Questions about workers.</summary>
public sealed class WorkersQueries(NpgsqlDataSource database)
{
    private const string Select = $"""
        select name, arches, backends, tags, capacity, software, announced_at, drained_at, drained_why, set_aside_at, set_aside_why,
            coalesce((select string_agg(q.run::text, ' ' order by q.run) from read.queue q where q.state = 'running' and q.worker = w.name and {Viewer.MaySee}), '') as runs
        from read.workers w
        """;

    /// <summary>All workers by name. The numbers of private runs are left out for those who may not see them.</summary>
    public Task<IReadOnlyList<WorkerRow>> List(Viewer viewer, CancellationToken cancellation = default) =>
        Ask($"{Select} order by name", new { viewer.Account, viewer.SeesAll }, cancellation);

    /// <summary>One worker; null when none of this name has announced itself.</summary>
    public async Task<WorkerRow?> Find(string name, Viewer viewer, CancellationToken cancellation = default) =>
        (await Ask($"{Select} where name = @name", new { name, viewer.Account, viewer.SeesAll }, cancellation)).SingleOrDefault();

    /// <summary>How a worker's newest attempts went, and those of its peers: other workers, on the architectures of those attempts, in the same time or the six hours before the newest.</summary>
    public async Task<(Tally Worker, Tally Peers)> Compare(string worker, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var row = await connection.QuerySingleAsync<(long, long, long, long)>(new CommandDefinition("""
            with own as (
                select * from read.worker_attempts where worker = @worker
                    and ended_at > coalesce((select restored_at from read.workers where name = @worker), '-infinity') order by position desc limit @window)
            select (select count(*) from own where failed), (select count(*) from own), count(*) filter (where failed), count(*)
            from read.worker_attempts p where p.worker <> @worker and p.arch in (select arch from own) and p.ended_at >= (select least(min(ended_at), max(ended_at) - interval '6 hours') from own)
            """, new { worker, window = Peers.Window }, cancellationToken: cancellation));
        return (new Tally((int)row.Item1, (int)row.Item2), new Tally((int)row.Item3, (int)row.Item4));
    }

    /// <summary>How long finished runs took of late, on average, in seconds; by architecture.</summary>
    public async Task<IReadOnlyDictionary<string, double>> Durations(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string, double)>(new CommandDefinition("""
            select a.arch, avg(newest.duration)::float8 from (select distinct arch from read.queue_lanes) a
                cross join lateral (select duration from read.worker_attempts w where w.arch = a.arch and duration is not null order by position desc limit 200) newest
            group by a.arch
            """, cancellationToken: cancellation));
        return rows.ToDictionary(r => r.Item1, r => r.Item2);
    }

    private async Task<IReadOnlyList<WorkerRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
        return [.. rows.Select(r => new WorkerRow(r.Name, new Offer(Columns.Words(r.Arches), Columns.Words(r.Backends), Columns.Words(r.Tags)), r.Capacity, r.Software,
            r.Announced_At, r.Drained_At, r.Drained_Why, r.Set_Aside_At, r.Set_Aside_Why, [.. Columns.Words(r.Runs).Select(long.Parse)]))];
    }

    private sealed record Row(string Name, string Arches, string Backends, string Tags, int Capacity, string Software, DateTime Announced_At,
        DateTime? Drained_At, string? Drained_Why, DateTime? Set_Aside_At, string? Set_Aside_Why, string Runs);
}
