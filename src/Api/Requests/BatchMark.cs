using Dapper;
using Npgsql;

namespace Debci.Api.Requests;

/// <summary>
/// Says that a batch is being stored, until it is disposed of or this process dies: a lock of PostgreSQL, shared, since the same batch may come
/// twice at once.
/// </summary>
internal sealed class BatchMark : IAsyncDisposable
{
    private const int Class = 0x6465626b; // of advisory locks
    private readonly NpgsqlConnection connection;
    private readonly Guid batch;
    private bool released;

    private BatchMark(NpgsqlConnection connection, Guid batch) => (this.connection, this.batch) = (connection, batch);

    /// <summary>Sets it.</summary>
    public static async Task<BatchMark> Set(NpgsqlDataSource database, Guid batch, CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition(
            "select pg_advisory_lock_shared(@Class, hashtext(@name))", new { Class, name = $"{batch}" }, cancellationToken: cancellation));
        return new BatchMark(connection, batch);
    }

    /// <summary>Of these batches those that are being stored now.</summary>
    public static async Task<IReadOnlySet<Guid>> Find(NpgsqlDataSource database, IEnumerable<Guid> batches, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await connection.QueryAsync<Guid>(new CommandDefinition("""
            select batch from unnest(@batches) as b (batch) join pg_locks l on l.locktype = 'advisory' and l.classid::bigint = @Class and l.objid = hashtext(batch::text)::oid and l.granted
                and l.database = (select oid from pg_database where datname = current_database())
            """, new { Class, batches = batches.Distinct().ToArray() }, cancellationToken: cancellation))).ToHashSet();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (released)
            return;
        released = true;
        try
        {
            // In words: the pool keeps the session, and gives it to others as it is.
            await connection.ExecuteAsync("select pg_advisory_unlock_shared(@Class, hashtext(@name))", new { Class, name = $"{batch}" });
        }
        catch (NpgsqlException)
        {
            // The session has ended, and the lock with it.
        }
        await connection.DisposeAsync();
    }
}
