using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>The newest change of what is public of a suite and architecture.</summary>
/// <param name="Position">The event's position; 0 before the first.</param>
/// <param name="ChangedAt">When it was recorded, UTC; a running maximum. Null before the first.</param>
/// <param name="Passed">How far all rows have come that such things are made of: up to there nothing is still to come. Below <see cref="Position"/> some are older than the mark.</param>
public sealed record StatusMark(long Position, DateTime? ChangedAt, long Passed);

/// <summary>How many packages had which status when a day ended (UTC), or have it today.</summary>
public sealed record StatusDay(DateOnly Day, long Pass, long Fail, long Neutral, long Tmpfail)
{
    /// <summary>How many had a status.</summary>
    public long Total => Pass + Fail + Neutral + Tmpfail;
}

/// <summary>A package that went from one status that is no tmpfail to another.</summary>
public sealed record TransitionRow(
    long Position, long Run, string Suite, string Arch, string Package, string Was, string Status, string? Version, string Message, string Triggers, DateTime FinishedAt);

/// <summary>Questions about statuses over time. All of it is public.</summary>
public sealed class StatusesQueries(NpgsqlDataSource database)
{
    private const string Transition = "position, run, suite, arch, package, was, status, version, message, triggers, finished_at as FinishedAt";

    /// <summary>How new what is public of a suite and architecture is; one row by its key, whatever there is of it.</summary>
    public async Task<StatusMark> Mark(string suite, string arch, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand($"""
            select coalesce(p.position, 0), p.changed_at, c.passed
            from (select min(position) as passed from read.checkpoints where shown and name in ('{StatusesModel.StatusesName}', 'index', 'history', 'runs') having count(*) = 4) c
                left join read.status_places p on p.suite = $1 and p.arch = $2
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = suite });
        command.Parameters.Add(new NpgsqlParameter { Value = arch });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        if (!await rows.ReadAsync(cancellation))
            throw new RefusedException(RefusalCode.NotYet, "The statuses are being made from the log; try again later.");
        return new StatusMark(rows.GetInt64(0), rows.TimeAt(1), rows.GetInt64(2));
    }

    /// <summary>The days on which something changed, the oldest first; on a day between, it was as on the one before.</summary>
    public async Task<IReadOnlyList<StatusDay>> Days(string suite, string arch, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("""
            select day, sum(pass) over days, sum(fail) over days, sum(neutral) over days, sum(tmpfail) over days
            from read.status_days where suite = $1 and arch = $2 window days as (order by day) order by day
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = suite });
        command.Parameters.Add(new NpgsqlParameter { Value = arch });
        var days = new List<StatusDay>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            days.Add(ToDay(rows));
        return days;
    }

    /// <summary>The same of each architecture of a suite.</summary>
    public async Task<IReadOnlyDictionary<string, IReadOnlyList<StatusDay>>> Days(string suite, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("""
            select day, sum(pass) over days, sum(fail) over days, sum(neutral) over days, sum(tmpfail) over days, arch
            from read.status_days where suite = $1 window days as (partition by arch order by day) order by arch, day
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = suite });
        var days = new List<(string Arch, StatusDay Day)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            days.Add((rows.GetString(5), ToDay(rows)));
        return days.GroupBy(d => d.Arch, d => d.Day).ToDictionary(g => g.Key, g => (IReadOnlyList<StatusDay>)[.. g]);
    }

    /// <summary>The newest transitions of a package, the newest first: at most <paramref name="most"/> of each suite and architecture.</summary>
    public Task<IReadOnlyList<TransitionRow>> OfPackage(string package, int most, CancellationToken cancellation = default) => Ask($"""
        select {Transition} from (select *, row_number() over (partition by suite, arch order by position desc) as number from read.transitions where package = @package) t
        where number <= @most order by position desc
        """, new { package, most }, cancellation);

    /// <summary>The newest transitions on a suite and architecture, the newest first.</summary>
    public Task<IReadOnlyList<TransitionRow>> OfPlace(string suite, string arch, int most, CancellationToken cancellation = default) =>
        Ask($"select {Transition} from read.transitions where suite = @suite and arch = @arch order by position desc limit @most", new { suite, arch, most }, cancellation);

    /// <summary>The newest transitions of some packages, the newest first.</summary>
    public Task<IReadOnlyList<TransitionRow>> OfPackages(IReadOnlyCollection<string> packages, int most, CancellationToken cancellation = default) =>
        Ask($"""
            select {Transition} from unnest(@packages) as p (name)
                cross join lateral (select * from read.transitions where package = p.name order by position desc limit @most) t
            order by position desc limit @most
            """, new { packages = packages.ToArray(), most }, cancellation);

    /// <summary>Which source packages have left which suite.</summary>
    public async Task<IReadOnlySet<(string Suite, string Package)>> Removed(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await connection.QueryAsync<(string, string)>(new CommandDefinition("select suite, package from read.removed_sources", cancellationToken: cancellation))).ToHashSet();
    }

    /// <summary>Which of these suites a source package has left.</summary>
    public async Task<IReadOnlySet<string>> Left(string package, IReadOnlyCollection<string> suites, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await connection.QueryAsync<string>(new CommandDefinition("select suite from read.removed_sources where suite = any(@suites) and package = @package",
            new { suites = suites.ToArray(), package }, cancellationToken: cancellation))).ToHashSet();
    }

    private static StatusDay ToDay(NpgsqlDataReader row) => new(row.GetFieldValue<DateOnly>(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3), row.GetInt64(4));

    private async Task<IReadOnlyList<TransitionRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<TransitionRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    }
}
