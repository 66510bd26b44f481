using System.Globalization;
using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A run that is not over. Times are UTC by the log's clock; <c>Place</c> says nothing but which of two is first.</summary>
public sealed record QueueRow(
    long Run, string Package, string Suite, string Arch, bool Private, string State, int Priority, int Attempts, string? Worker,
    DateTime RequestedAt, DateTime? StartedAt, long Place, string LaneName, bool Held, DateTime? NotBefore)
{
    /// <summary>What a worker must be able to do.</summary>
    public Lane Lane => Lane.Read(LaneName);

    /// <summary>Whether it is of a moment that is over: then its place is that of its request, and nothing can be expected of it.</summary>
    public bool IsPast { get; init; }
}

/// <summary>Where a page of the queue ends: the next one begins behind it.</summary>
public sealed record QueueCursor(long Place, long Run)
{
    /// <summary>As a client keeps it.</summary>
    public override string ToString() => $"{Place}-{Run}";

    /// <summary>Reads such a text; null when it is none.</summary>
    public static QueueCursor? Read(string text) => text.Split('-') is [var place, var run]
        && long.TryParse(place, NumberStyles.None, null, out var p) && long.TryParse(run, NumberStyles.None, null, out var r) ? new QueueCursor(p, r) : null;
}

/// <summary>Which runs of the queue; what is null does not matter.</summary>
public sealed record QueueFilter(
    string? Suite = null, string? Arch = null, string? Package = null, string? Requester = null, string? Trigger = null, string? State = null);

/// <summary>How much there is in a lane.</summary>
public sealed record LaneLoad(Lane Lane, long Pending, long Running);

/// <summary>Questions about what is asked for and not over.</summary>
public sealed class QueueQueries(NpgsqlDataSource database)
{
    private const string Select = $"""
        select run, package, suite, arch, private, state, priority, attempts, worker, requested_at as RequestedAt, started_at as StartedAt,
            place, lane as LaneName, held, not_before as NotBefore
        from read.queue where {Viewer.MaySee}
        """;

    /// <summary>
    /// Pending and running runs in the order in which workers take them, those behind <paramref name="after"/> if given, at most <paramref name="most"/>.
    /// </summary>
    public Task<IReadOnlyList<QueueRow>> List(QueueFilter filter, QueueCursor? after, int most, Viewer viewer, CancellationToken cancellation = default) => Ask($"""
        {Select} {Where(filter)} {(after is null ? "" : "and (place + 0, run) > (@place, @run)")} order by place + 0, run limit @most
        """, new { filter.Suite, filter.Arch, filter.Package, filter.Requester, filter.Trigger, filter.State, most, place = after?.Place, run = after?.Run, viewer.Account, viewer.SeesAll }, cancellation);

    /// <summary>One run that is not over; null for others. Whether its viewer may see it, the caller knows.</summary>
    public async Task<QueueRow?> Find(long run, CancellationToken cancellation = default) =>
        (await Ask($"{Select} and run = @run", new { run, Account = (string?)null, SeesAll = true }, cancellation)).SingleOrDefault();

    /// <summary>The runs that workers have, the newest start first.</summary>
    public Task<IReadOnlyList<QueueRow>> Running(int most, Viewer viewer, CancellationToken cancellation = default) =>
        Ask($"{Select} and state = 'running' order by started_at desc, run desc limit @most", new { most, viewer.Account, viewer.SeesAll }, cancellation);

    /// <summary>
    /// The ranks of pending runs: how many that the same workers can take are given out before them, plus one. Hidden runs count; held ones
    /// and those of <paramref name="closed"/> lanes do not, for nobody takes them.
    /// </summary>
    /// <remarks>Counted from one asked run to the next, so that a page of neighbours costs one long count at most.</remarks>
    public async Task<IReadOnlyDictionary<long, long>> Ranks(IReadOnlyCollection<long> runs, IReadOnlyCollection<string> closed, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(long Run, long Rank)>(new CommandDefinition("""
            with asked as (
                select clock, place, run, coalesce(lag(place) over w, -1) as last_place, coalesce(lag(run) over w, -1) as last_run
                from read.queue where run = any(@runs) and state = 'pending' window w as (partition by clock order by place, run))
            select run, 1 + sum(n) over (partition by clock order by place, run)::bigint
            from asked a cross join lateral (
                select count(*) as n from read.queue q where q.state = 'pending' and not q.held and q.clock = a.clock and q.lane <> all(@closed)
                    and (q.place, q.run) >= (a.last_place, a.last_run) and (q.place, q.run) < (a.place, a.run)) counted
            """, new { runs = runs.ToArray(), closed = closed.ToArray() }, cancellationToken: cancellation));
        return rows.ToDictionary(r => r.Run, r => r.Rank);
    }

    /// <summary>Every lane in which runs wait, with how many.</summary>
    public async Task<IReadOnlyList<(Lane Lane, long Pending)>> Lanes(CancellationToken cancellation = default) =>
        [.. (await Load(cancellation)).Where(l => l.Pending > 0).Select(l => (l.Lane, l.Pending))];

    /// <summary>Every lane that has anything in it, with how many of its runs wait and how many workers have. Held runs wait too.</summary>
    public async Task<IReadOnlyList<LaneLoad>> Load(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string Name, long Pending, long Running)>(new CommandDefinition(
            "select lane, sum(pending)::bigint, sum(running)::bigint from read.queue_lanes where pending > 0 or running > 0 group by lane", cancellationToken: cancellation));
        return [.. rows.Select(r => new LaneLoad(Lane.Read(r.Name), r.Pending, r.Running))];
    }

    /// <summary>Which of these runs are pending or running, with their requests' identity left to the caller.</summary>
    public async Task<IReadOnlySet<long>> Alive(IReadOnlyCollection<long> runs, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await connection.QueryAsync<long>(new CommandDefinition(
            "select run from read.queue where run = any(@runs)", new { runs = runs.ToArray() }, cancellationToken: cancellation))).ToHashSet();
    }

    /// <summary>The conditions of a filter on columns of the queue, each with its parameter.</summary>
    internal static string Where(QueueFilter filter)
    {
        var conditions = new List<string>();
        if (filter.Suite is not null) conditions.Add("suite = @Suite");
        if (filter.Arch is not null) conditions.Add("arch = @Arch");
        if (filter.Package is not null) conditions.Add("package = @Package");
        if (filter.Requester is not null) conditions.Add("requester = @Requester");
        if (filter.Trigger is not null) conditions.Add("@Trigger = any(string_to_array(triggers, ' '))");
        if (filter.State is not null) conditions.Add("state = @State");
        return string.Concat(conditions.Select(c => $" and {c}"));
    }

    private async Task<IReadOnlyList<QueueRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<QueueRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    }
}
