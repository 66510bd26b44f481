using Npgsql;

namespace Debci.EventLog.EventStore;

/// <summary>
/// Places of the log, one in <see cref="Place.Stride"/> events, kept in PostgreSQL so that neither a number between two events nor a time needs
/// the whole log to be read. They say nothing that the log does not, and can be lost; without a database none are kept.
/// </summary>
internal sealed class Marks(NpgsqlDataSource? database)
{
    public const string Ddl = """
        create schema if not exists log;
        create table if not exists log.marks (position bigint primary key, latest timestamptz not null, uneven boolean not null);
        alter table log.marks add column if not exists commit_position bigint;
        update log.marks set commit_position = position where commit_position is null; -- before logs could be copied both were one
        """;

    /// <summary>The last mark at or before a position.</summary>
    public async Task<Place> Before(long position, CancellationToken cancellation)
    {
        if (database is null)
            return Place.Beginning;
        await using var command = database.CreateCommand("select position, latest, commit_position from log.marks where position <= $1 order by position desc limit 1");
        command.Parameters.Add(new NpgsqlParameter { Value = position });
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        return await rows.ReadAsync(cancellation) ? new Place(rows.GetInt64(0), rows.GetInt64(2), new DateTimeOffset(rows.GetDateTime(1)), rows.GetInt64(0), 0, false) : Place.Beginning;
    }

    /// <summary>The spans, each behind one mark and up to the next, in which an event is dated later than by its node's clock.</summary>
    public async Task<IReadOnlyList<(long Behind, long UpTo)>> Uneven(CancellationToken cancellation)
    {
        if (database is null)
            return [];
        await using var command = database.CreateCommand("""
            select coalesce((select max(before.position) from log.marks before where before.position < m.position), 0), m.position
            from log.marks m where m.uneven order by m.position
            """);
        var spans = new List<(long, long)>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            spans.Add((rows.GetInt64(0), rows.GetInt64(1)));
        return spans;
    }

    public async Task Keep(IReadOnlyList<Place> marks, CancellationToken cancellation)
    {
        if (marks.Count == 0 || database is null)
            return;
        await using var command = database.CreateCommand("insert into log.marks (position, latest, uneven, commit_position) select * from unnest($1, $2, $3, $4) on conflict do nothing");
        command.Parameters.Add(new NpgsqlParameter { Value = marks.Select(m => m.Position).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = marks.Select(m => m.Latest.UtcDateTime).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = marks.Select(m => m.Uneven).ToArray() });
        command.Parameters.Add(new NpgsqlParameter { Value = marks.Select(m => m.Commit).ToArray() });
        await Write(command, cancellation);
    }

    /// <summary>Forgets what a log that was restored to an earlier time does not hold.</summary>
    public async Task ForgetFrom(long position, CancellationToken cancellation)
    {
        if (database is null)
            return;
        await using var command = database.CreateCommand("delete from log.marks where position >= $1");
        command.Parameters.Add(new NpgsqlParameter { Value = position });
        await Write(command, cancellation);
    }

    // Who may only read (a replay) does without, and leaves it to others.
    private static async Task Write(NpgsqlCommand command, CancellationToken cancellation)
    {
        try
        {
            await command.ExecuteNonQueryAsync(cancellation);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
        {
            // there is nothing to do
        }
    }
}
