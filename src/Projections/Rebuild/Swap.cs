using Npgsql;

namespace Debci.Projections;

/// <summary>
/// Puts a shadow in the place of the live read model, in one transaction: schemas are renamed, and the views follow. The live checkpoint's
/// row is held meanwhile, so no projector moves; the shadow is brought to that very position first, so no reader is taken back.
/// </summary>
/// <remarks>
/// A reader with a snapshot older than the shadow's last rows would find the new tables without them. So the swap waits for the end of all
/// transactions that had begun before those rows were there, and lets the projector go on when that takes long, to try again.
/// </remarks>
internal sealed class Swap(Shadow shadow, Shadows shadows, NpgsqlDataSource database)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    // How long a live model that is behind the shadow may take to catch up, before it is taken for one that nobody moves.
    private static readonly TimeSpan Unmoved = TimeSpan.FromSeconds(3);

    private string Schema => shadow.Model.Schema();

    private (long Position, long Since) seen = (-1, 0); // of the live model, and since when it stands there

    /// <summary>Swaps; waits for readers that are in the way, as long as that takes.</summary>
    /// <param name="isUnmoved">Whether it is known that nobody moves the live models.</param>
    /// <param name="tell">Hears what it waits for.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <returns>Whether nobody moves them.</returns>
    public async Task<bool> Run(bool isUnmoved, Action<string> tell, CancellationToken cancellation)
    {
        for (var tries = 1; ; tries++)
        {
            await shadows.CatchUp(shadow, long.MaxValue, cancellation);
            if (await TrySwap(isUnmoved, cancellation) is { } live)
            {
                isUnmoved |= live.Position < shadow.Position && live is { IsMissing: false, IsStopped: false };
                break;
            }
            if (tries % 20 == 0)
                tell($"waits for readers of {shadow.Model.Name} that began before");
            await Task.Delay(Pause, cancellation);
        }
        await using var connection = await database.OpenConnectionAsync(CancellationToken.None);
        connection.Run($"drop schema if exists {Schema}_old cascade"); // whoever still reads it is waited for
        return isUnmoved;
    }

    private async Task<Live?> TrySwap(bool evenIfBehind, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            if (await Fence(connection, evenIfBehind, cancellation) is not { } live)
                return null;
            if (!live.IsMissing && !await OlderReaders.HaveEnded(connection, Patience, cancellation))
                return null;
            connection.Run($"set local lock_timeout = '{Patience.TotalMilliseconds:0}ms'");
            Rename(connection, live);
            await transaction.CommitAsync(CancellationToken.None);
            return live;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return null;
        }
    }

    private sealed record Live(long Position, bool IsShown, bool IsMissing, bool IsStopped);

    // Holds the live model where it is, and brings the shadow there. Null when the shadow is ahead of it, which the projector mends.
    private async Task<Live?> Fence(NpgsqlConnection connection, bool evenIfBehind, CancellationToken cancellation)
    {
        var found = connection.Ask("select position, shown, stopped_at is not null from read.checkpoints where name = $1 and version = $2 for update",
            r => (Position: r.GetInt64(0), Shown: r.GetBoolean(1), Stopped: r.GetBoolean(2)), shadow.Model.Name, shadow.Model.Version);
        if (found is not [var (position, shown, stopped)])
            return new Live(0, connection.Ask("select not exists (select from read.checkpoints where name = $1)", r => r.GetBoolean(0), shadow.Model.Name)[0], IsMissing: true, IsStopped: false);
        if (seen.Position != position)
            seen = (position, Environment.TickCount64);
        if (shadow.Position < position)
            await shadows.CatchUp(shadow, position, cancellation);
        // When it could not come there, the live rows are of a log that was longer: of another time than this one.
        return shadow.Position <= position || stopped || evenIfBehind || Environment.TickCount64 - seen.Since > Unmoved.TotalMilliseconds ? new Live(position, shown, IsMissing: false, stopped) : null;
    }

    private void Rename(NpgsqlConnection connection, Live live)
    {
        if (connection.Ask("select exists (select from pg_namespace where nspname = $1)", r => r.GetBoolean(0), Schema)[0])
            connection.Run($"alter schema {Schema} rename to {Schema}_old");
        connection.Run($"alter schema {shadow.Schema} rename to {Schema}");
        if (live.IsShown)
            connection.Run(string.Concat(shadow.Model.Views.Select(view => $"create or replace view read.{view} as select * from {Schema}.{view};\n")));
        connection.Run("""
            insert into read.checkpoints (name, version, position, shown) values ($1, $2, $3, $4)
            on conflict (name, version) do update set position = excluded.position, stopped_at = null, error = null
            """, shadow.Model.Name, shadow.Model.Version, shadow.Position, live.IsShown);
        connection.Run("delete from read.rebuilds where name = $1 and version = $2", shadow.Model.Name, shadow.Model.Version);
        connection.Run($"select pg_notify('{Projector.Channel}', '')");
    }
}

/// <summary>Transactions of this database that began before now.</summary>
internal static class OlderReaders
{
    private const string Sql = """
        select format('%s %s', pid, xact_start) from pg_stat_activity
        where datname = current_database() and backend_type = 'client backend' and pid <> pg_backend_pid() and backend_xmin is not null
            and not pg_backend_pid() = any (pg_blocking_pids(pid)) -- who waits for us looks anew afterwards
        """;

    /// <summary>Whether all with a snapshot from before this call have ended; waits for them so long.</summary>
    public static async Task<bool> HaveEnded(NpgsqlConnection connection, TimeSpan patience, CancellationToken cancellation)
    {
        var older = await Look();
        for (var began = Environment.TickCount64; older.Count > 0; older.IntersectWith(await Look()))
        {
            if (Environment.TickCount64 - began > patience.TotalMilliseconds)
                return false;
            await Task.Delay(5, cancellation);
        }
        return true;

        async Task<HashSet<string>> Look()
        {
            await using var look = new NpgsqlCommand($"select pg_stat_clear_snapshot(); {Sql}", connection);
            await using var rows = await look.ExecuteReaderAsync(cancellation);
            await rows.NextResultAsync(cancellation);
            var found = new HashSet<string>();
            while (await rows.ReadAsync(cancellation))
                found.Add(rows.GetString(0));
            return found;
        }
    }
}
