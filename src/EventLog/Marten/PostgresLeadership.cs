using Npgsql;

namespace Debci.EventLog.Marten;

/// <summary>Leading a role by an advisory lock of a connection: whoever's connection ends, leads no more.</summary>
internal sealed class PostgresLeadership : ILeadership
{
    private const string Class = "hashtext('debci leader')"; // of advisory locks
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection connection;
    private readonly CancellationTokenSource lost = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task watch;

    private PostgresLeadership(NpgsqlDataSource database, NpgsqlConnection connection)
    {
        (this.database, this.connection) = (database, connection);
        watch = Task.Run(Watch);
    }

    public CancellationToken Lost => lost.Token;

    /// <summary>Asks for the lock again and again: waiting inside the database would hold a transaction's snapshot open.</summary>
    public static async Task<ILeadership> Gain(NpgsqlDataSource database, string role, CancellationToken cancellation)
    {
        while (true)
        {
            if (await TryGain(database, role, cancellation) is { } leadership)
                return leadership;
            await Task.Delay(Retry, cancellation);
        }
    }

    /// <summary>Whether any connection to this database has the lock.</summary>
    public static async Task<bool> IsHeld(NpgsqlDataSource database, string role, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand($"""
            select exists (select from pg_locks where locktype = 'advisory' and granted and classid = {Class}::oid and objid = hashtext($1)::oid
                and database = (select oid from pg_database where datname = current_database()))
            """);
        command.Parameters.Add(new NpgsqlParameter { Value = role });
        return await command.ExecuteScalarAsync(cancellation) is true;
    }

    private static async Task<ILeadership?> TryGain(NpgsqlDataSource database, string role, CancellationToken cancellation)
    {
        var connection = await database.OpenConnectionAsync(cancellation);
        try
        {
            await using var command = new NpgsqlCommand($"select pg_try_advisory_lock({Class}, hashtext($1))", connection);
            command.Parameters.Add(new NpgsqlParameter { Value = role });
            if (await command.ExecuteScalarAsync(cancellation) is true)
                return new PostgresLeadership(database, connection);
        }
        catch
        {
            await Close(database, connection);
            throw;
        }
        await connection.DisposeAsync();
        return null;
    }

    // For good: one that may have the lock must not go on living in the pool, where nobody would give it back.
    private static async Task Close(NpgsqlDataSource database, NpgsqlConnection connection)
    {
        database.Clear();
        await connection.DisposeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await watch;
        try
        {
            // A pooled connection goes on living: the lock has to be given back in words.
            await using var unlock = new NpgsqlCommand("select pg_advisory_unlock_all()", connection);
            await unlock.ExecuteNonQueryAsync();
            await connection.DisposeAsync();
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            await Close(database, connection); // most likely it is gone, and the lock with it
        }
        lost.Dispose();
        stop.Dispose();
    }

    private async Task Watch()
    {
        try
        {
            while (true)
            {
                await Task.Delay(Beat, stop.Token);
                await using var command = new NpgsqlCommand("select 1", connection);
                await command.ExecuteScalarAsync(stop.Token);
            }
        }
        catch (OperationCanceledException)
        {
            // given back
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException or IOException or TimeoutException)
        {
            _ = lost.CancelAsync(); // what that sets off may take long, and must not keep the seat from the next
        }
    }
}
