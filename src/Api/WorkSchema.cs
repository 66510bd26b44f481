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
        create index if not exists leases_until on work.leases (until);
        create table if not exists work.worker_calls (worker text primary key, at timestamptz not null);
        """;

    /// <summary>Creates what is missing.</summary>
    /// <param name="database">The database.</param>
    /// <param name="more">Statements of other parts with tables in this schema.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async Task Migrate(NpgsqlDataSource database, string more, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(
            $"begin; select pg_advisory_xact_lock(hashtext('debci migrate')); {Tables} {more}; commit");
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
