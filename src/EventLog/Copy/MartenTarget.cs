using System.Text;
using Debci.EventLog.Marten;
using Npgsql;

namespace Debci.EventLog.Copy;

/// <summary>Copies a log to PostgreSQL: rows as they are, a transaction for each page.</summary>
internal sealed class MartenTarget : ICopyTarget
{
    // Marten's tables, under the lock of those who append: a server that ran nevertheless would not come between.
    private const string Insert = """
        with page as (
            insert into log.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers, is_archived)
            select seq_id, id, stream, revision, data::jsonb, name, recorded, name, headers::jsonb, false
            from unnest($1, $2, $3, $4, $5, $6, $7, $8) as e (seq_id, id, stream, revision, data, name, recorded, headers)
            returning stream_id, version, timestamp)
        insert into log.mt_streams as s (id, version, timestamp, created)
            select stream_id, max(version), max(timestamp), min(timestamp) from page group by stream_id
            on conflict (id) do update set version = excluded.version, timestamp = excluded.timestamp
        """;

    private readonly string connection;
    private readonly NpgsqlDataSource database;
    private readonly MartenEventLog log;

    public MartenTarget(string connection)
    {
        this.connection = connection;
        database = NpgsqlDataSource.Create(connection);
        log = new MartenEventLog(database);
    }

    public IEventLog Log => log;

    public async Task<CopyState> Look(CancellationToken cancellation)
    {
        await MartenLogSchema.Migrate(connection, cancellation);
        var word = await MartenLogSchema.WordOf(database, cancellation);
        var isWhole = !word.StartsWith(MartenLogSchema.Copying, StringComparison.Ordinal);
        var last = await log.Head(cancellation) is > 0 and var head && await log.ReadAll(head - 1, 1, cancellation) is [var there] ? there : null;
        // An empty log was named by whoever made its tables: that word was never given to anybody.
        return new(isWhole && last is null ? null : isWhole ? word : word[MartenLogSchema.Copying.Length..], isWhole, last);
    }

    public Task Begin(string word, CancellationToken cancellation) => MartenLogSchema.NameAs(database, MartenLogSchema.Copying + word, cancellation);

    public async Task Store(IReadOnlyList<RecordedEvent> events, CancellationToken cancellation)
    {
        await using var one = await database.OpenConnectionAsync(cancellation);
        await using var page = await one.BeginTransactionAsync(cancellation);
        await using (var gate = new NpgsqlCommand($"select pg_advisory_xact_lock(hashtext('{AppendFunction.Channel}'))", one))
            await gate.ExecuteNonQueryAsync(cancellation);
        await using var insert = new NpgsqlCommand(Insert, one);
        foreach (var column in Columns(events))
            insert.Parameters.Add(new NpgsqlParameter { Value = column });
        await insert.ExecuteNonQueryAsync(cancellation);
        await page.CommitAsync(cancellation);
    }

    public async Task Complete(string word, long last, CancellationToken cancellation)
    {
        await using (var sequence = database.CreateCommand("select setval('log.mt_events_sequence', greatest($1, 1), $1 > 0)"))
        {
            sequence.Parameters.Add(new NpgsqlParameter { Value = last });
            await sequence.ExecuteNonQueryAsync(cancellation);
        }
        await MartenLogSchema.NameAs(database, word, cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        await database.DisposeAsync();
    }

    private static IEnumerable<Array> Columns(IReadOnlyList<RecordedEvent> events)
    {
        yield return events.Select(e => e.Position).ToArray();
        yield return events.Select(e => e.Id).ToArray();
        yield return events.Select(e => e.Stream).ToArray();
        yield return events.Select(e => e.Revision).ToArray();
        yield return events.Select(e => Encoding.UTF8.GetString(e.Data.Span)).ToArray();
        yield return events.Select(e => e.Name).ToArray();
        yield return events.Select(e => e.RecordedAt.UtcDateTime).ToArray();
        yield return events.Select(e => Encoding.UTF8.GetString(e.Headers.Span)).ToArray();
    }
}
