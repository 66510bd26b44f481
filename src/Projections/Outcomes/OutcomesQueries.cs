using System.Data;
using System.Runtime.CompilerServices;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>Questions of a gate: what came of a requester's runs. Nobody else's runs are among the answers.</summary>
public sealed class OutcomesQueries(NpgsqlDataSource database)
{
    private const string Fields = "position, run, package, suite, arch, private, triggers, extra_sources, status, version, duration, recorded_at, coalesce(updated_at, recorded_at), coalesce(date, date_trunc('second', recorded_at))";

    // As outcomes that are still to come.
    private const string Pending = "0 as position, run, package, suite, arch, private, triggers, extra_sources, null::text as status, version, null::int as duration, requested_at as recorded_at, requested_at as updated_at, requested_at as date";

    private const string FeedSql = $"""
        select {Fields} from read.outcomes o where requester = $1 and position > $2 and recorded_at >= coalesce(
            (select recorded_at from read.outcomes where position <= $2 order by position desc limit 1), '-infinity')
            and ($3::text is null or suite = $3) and recorded_at >= $5 order by recorded_at, position limit $4
        """;

    /// <summary>All that ended at a time or later, in the order in which it was stored, and behind it, where wanted, all that is pending or running. Read from one snapshot, row by row.</summary>
    /// <param name="requester">Account id.</param>
    /// <param name="since">Inclusive.</param>
    /// <param name="pending">Whether pending and running runs are wanted, of whatever age.</param>
    /// <param name="cancellation">Gives up.</param>
    public async IAsyncEnumerable<OutcomeRow> Since(string requester, DateTime since, bool pending, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await SnapshotOfBoth(connection, cancellation);
        await using var command = new NpgsqlCommand($"""
            select * from (select {Fields} from read.outcomes where requester = $1 and recorded_at >= $2 order by recorded_at, position) ended
            union all
            select {Pending} from read.queue where $3 and requester = $1
            """, connection);
        command.Parameters.Add(new NpgsqlParameter { Value = requester });
        command.Parameters.Add(new NpgsqlParameter { Value = since });
        command.Parameters.Add(new NpgsqlParameter { Value = pending });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            yield return ToRow(rows);
    }

    /// <summary>When the newest outcome of all was stored, UTC; what is stored later has this time or a later one. Null before the first.</summary>
    public async Task<DateTime?> Newest(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<DateTime?>(new CommandDefinition(
            "select recorded_at from read.outcomes order by position desc limit 1", cancellationToken: cancellation));
    }

    /// <summary>Outcomes behind a position, in the order in which they were stored; and how far the rows were then: up to there none is still to come.</summary>
    /// <param name="requester">Account id.</param>
    /// <param name="suite">Of this suite only; null for all.</param>
    /// <param name="since">Recorded then or later; null for any time.</param>
    /// <param name="after">The position, exclusive.</param>
    /// <param name="most">How many at most.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<(IReadOnlyList<OutcomeRow> Rows, long Passed)> Feed(string requester, string? suite, DateTime? since, long after, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellation);
        await using var passed = new NpgsqlCommand("select position from read.checkpoints where name = 'runs' and shown", connection);
        var position = (long)(await passed.ExecuteScalarAsync(cancellation))!;
        return (await List(connection, FeedSql, cancellation, requester, after, (object?)suite ?? DBNull.Value, most, since ?? DateTime.UnixEpoch), position);
    }

    /// <summary>All of a requester's runs that are pending or running.</summary>
    public async Task<IReadOnlyList<OutcomeRow>> PendingOf(string requester, string? suite, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var snapshot = await SnapshotOfBoth(connection, cancellation);
        return await List(connection, $"select {Pending} from read.queue where requester = $1 and ($2::text is null or suite = $2) order by run", cancellation, requester, (object?)suite ?? DBNull.Value);
    }

    /// <summary>Those of them that are of these packages.</summary>
    public async Task<IReadOnlyList<OutcomeRow>> PendingOf(string requester, string suite, IReadOnlyCollection<string> packages, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await List(connection, $"select {Pending} from read.queue where package = any($3) and requester = $1 and suite = $2", cancellation, requester, suite, packages.ToArray());
    }

    /// <summary>
    /// For each key what is there to judge by, in no order: the newest outcome of each status and version (a key may have been tried a
    /// thousand times). Keys without any have no entry. What was there at the position <paramref name="asOf"/>, or (null) what is now.
    /// </summary>
    public async Task<ILookup<OutcomeKey, OutcomeRow>> ByKey(
        string requester, string suite, IReadOnlyCollection<OutcomeKey> keys, long? asOf = null, CancellationToken cancellation = default)
    {
        var asked = keys.Distinct().ToArray();
        await using var command = database.CreateCommand($"""
            select distinct on (k.index, o.status, o.version) {Fields}, k.index
            from (select index, package as kp, arch as ka, trigger as kt, {OutcomePlace.Sql("$1", "$2", "arch", "package", "trigger")} as place
                from unnest($3, $4, $5) with ordinality as w (package, arch, trigger, index)) k
            join read.outcome_triggers t using (place) join read.outcomes o using (position)
            where o.requester = $1 and o.suite = $2 and o.package = kp and o.arch = ka and kt = any(string_to_array(o.triggers, ' '))
                {(asOf is null ? "" : "and t.position <= $6")}
            order by k.index, o.status, o.version, coalesce(o.updated_at, o.recorded_at) desc, o.position desc
            """);
        foreach (var value in new object[] { requester, suite, Column(k => k.Package), Column(k => k.Arch), Column(k => k.Trigger) })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        if (asOf is { } position)
            command.Parameters.Add(new NpgsqlParameter { Value = position });
        var found = new List<(OutcomeKey Key, OutcomeRow Row)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            found.Add((asked[rows.GetInt64(14) - 1], ToRow(rows)));
        return found.ToLookup(f => f.Key, f => f.Row);

        string[] Column(Func<OutcomeKey, string> part) => [.. asked.Select(part)];
    }

    // While one of them is behind the other, a run can be in neither.
    private static Task<NpgsqlTransaction> SnapshotOfBoth(NpgsqlConnection connection, CancellationToken cancellation) =>
        Snapshot.Of(connection, RunsModel.RunsName, "queue", cancellation);

    private static async Task<IReadOnlyList<OutcomeRow>> List(NpgsqlConnection connection, string sql, CancellationToken cancellation, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter is DBNull ? new NpgsqlParameter { Value = parameter, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text } : new NpgsqlParameter { Value = parameter });
        var list = new List<OutcomeRow>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            list.Add(ToRow(rows));
        return list;
    }

    private static OutcomeRow ToRow(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetInt64(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetBoolean(5), row.GetString(6), row.GetString(7),
        row.IsDBNull(8) ? null : Columns.Enum<Status>(row.GetString(8)), row.IsDBNull(9) ? null : row.GetString(9),
        row.IsDBNull(10) ? null : row.GetInt32(10), row.GetDateTime(11), row.GetDateTime(12), row.GetDateTime(13));
}
