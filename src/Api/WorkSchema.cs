using Npgsql;

namespace Debci.Api;

/// <summary>
/// The schema <c>work</c>: what the server needs to do its work and what no event tells (leases, keys, numbers to give out).
/// Projections and rebuilds never touch it.
/// </summary>
public static class WorkSchema
{
    private const string Tables = """
        create schema if not exists work;
        create sequence if not exists work.run_ids as bigint;
        create table if not exists work.leases (
            run bigint primary key, attempt int not null, worker text not null, claim uuid not null unique,
            until timestamptz not null, lost boolean not null default false,
            package text not null, suite text not null, arch text not null, private boolean not null, backend text not null,
            requester text not null, triggers text not null, pinned boolean not null);
        alter table work.leases add column if not exists account uuid; -- whose key claimed it
        alter table work.leases add column if not exists since timestamptz not null default now();
        create index if not exists leases_until on work.leases (until);
        create table if not exists work.worker_calls (worker text primary key, at timestamptz not null);
        alter table work.worker_calls add column if not exists probed_at timestamptz; -- when it was given a run although it is set aside
        create index if not exists leases_worker on work.leases (worker);
        create table if not exists work.request_keys (key text primary key, run bigint not null, batch uuid not null, at timestamptz not null default now());
        create index if not exists request_keys_at on work.request_keys (at);
        create table if not exists work.clock_steps (id bigint generated always as identity primary key, seconds float8 not null, at timestamptz not null default now());
        create table if not exists work.watch (one boolean primary key default true check (one), at timestamptz not null); -- when leases were last looked after
        create table if not exists work.reactions (name text primary key, position bigint not null);
        """;

    // To add a column waits for who uses the table, and all that come behind wait too: so never for long, and again.
    private const string Patience = "500ms";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Creates what is missing, beside a server that goes on.</summary>
    /// <param name="database">The database.</param>
    /// <param name="more">Statements of other parts with tables in this schema.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task Migrate(NpgsqlDataSource database, string more, CancellationToken cancellation = default)
    {
        while (!await TryMigrate(database, more, cancellation))
            await Task.Delay(Pause, cancellation);
    }

    private static async Task<bool> TryMigrate(NpgsqlDataSource database, string more, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        try
        {
            await using var command = new NpgsqlCommand($"set local lock_timeout = '{Patience}'; select pg_advisory_xact_lock(hashtext('debci migrate')); {Tables} {more}", connection);
            await command.ExecuteNonQueryAsync(cancellation);
            await transaction.CommitAsync(cancellation);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }
}
