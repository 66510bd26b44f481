using System.Text;
using Npgsql;

namespace Debci.EventLog.Marten;

/// <summary>The log on PostgreSQL, in Marten's tables (see <see cref="MartenLogSchema"/>).</summary>
public sealed class MartenEventLog : IOpenLog
{
    private const string Select = "select seq_id, id, stream_id, version, type, timestamp, data::text, coalesce(headers, '{}')::text from log.mt_events";

    private readonly NpgsqlDataSource database;
    private readonly GroupWriter writer;
    private readonly PostgresSignal signal;

    /// <summary>A log over a database that was migrated. The data source stays the caller's.</summary>
    public MartenEventLog(NpgsqlDataSource database)
    {
        this.database = database;
        writer = new GroupWriter(database);
        signal = new PostgresSignal(database, AppendFunction.Channel);
    }

    /// <inheritdoc/>
    public async Task<Appended> Append(string stream, long expectedRevision, IReadOnlyList<NewEvent> events, CancellationToken cancellation = default)
    {
        cancellation.ThrowIfCancellationRequested();
        var outcome = await writer.Save(stream, expectedRevision, events);
        return outcome.Saved
            ?? await SavedBefore(stream, expectedRevision, events, cancellation)
            ?? throw new StreamMovedException(stream, expectedRevision, outcome.Actual);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> ReadStream(string stream, long afterRevision = 0, CancellationToken cancellation = default) =>
        Read($"{Select} where stream_id = $1 and version > $2 order by version", [stream, afterRevision], cancellation);

    /// <inheritdoc/>
    public Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, CancellationToken cancellation = default) =>
        Read($"{Select} where seq_id > $1 order by seq_id limit $2", [position, most], cancellation);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RecordedEvent>> ReadAll(long position, int most, IReadOnlyCollection<string> bare, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("""
            select seq_id, stream_id, type, timestamp, data::text, case when type <> all ($3) then id end, case when type <> all ($3) then version end,
                case when type <> all ($3) then coalesce(headers, '{}')::text end
            from log.mt_events where seq_id > $1 order by seq_id limit $2
            """);
        foreach (var value in new object[] { position, most, bare.ToArray() })
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        var events = new List<RecordedEvent>(most);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            var name = rows.GetString(2);
            var isBare = rows.IsDBNull(5);
            events.Add(new RecordedEvent(
                rows.GetInt64(0), isBare ? Guid.Empty : rows.GetGuid(5), rows.GetString(1), isBare ? 0 : rows.GetInt64(6), name,
                new DateTimeOffset(rows.GetDateTime(3)), rows.GetFieldValue<byte[]>(4), isBare ? ReadOnlyMemory<byte>.Empty : rows.GetFieldValue<byte[]>(7)));
        }
        return events;
    }

    /// <inheritdoc/>
    public async Task<long> Head(CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("select coalesce(max(seq_id), 0) from log.mt_events");
        return (long)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <inheritdoc/>
    public Task<IWakeUp> Subscribe(CancellationToken cancellation = default) => signal.Subscribe(cancellation);

    /// <inheritdoc/>
    public Task<ILeadership> Lead(string role, CancellationToken cancellation = default) =>
        PostgresLeadership.Gain(database, role, cancellation);

    /// <inheritdoc/>
    public Task<bool> IsLed(string role, CancellationToken cancellation = default) => PostgresLeadership.IsHeld(database, role, cancellation);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await writer.DisposeAsync();
        await signal.DisposeAsync();
    }

    // A repetition (a lost reply, a connection that broke at its commit): the very same events stand where these were to go.
    private async Task<Appended?> SavedBefore(string stream, long expected, IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        var stored = await Read($"{Select} where stream_id = $1 and version > $2 and version <= $3 order by version",
            [stream, expected, expected + events.Count], cancellation);
        return stored.Select(e => e.Id).SequenceEqual(events.Select(e => e.Id))
            ? new Appended(stored[^1].Position, stored[^1].Revision)
            : null;
    }

    private async Task<IReadOnlyList<RecordedEvent>> Read(string sql, object[] parameters, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        var events = new List<RecordedEvent>();
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            events.Add(new RecordedEvent(
                rows.GetInt64(0), rows.GetGuid(1), rows.GetString(2), rows.GetInt64(3), rows.GetString(4),
                new DateTimeOffset(rows.GetDateTime(5)), Bytes(rows, 6), Bytes(rows, 7)));
        }
        return events;
    }

    private static ReadOnlyMemory<byte> Bytes(NpgsqlDataReader rows, int column) => Encoding.UTF8.GetBytes(rows.GetString(column));
}
