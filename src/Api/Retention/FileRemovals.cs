using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Api.Retention;

/// <summary>
/// Files that are about to be deleted: written down before the event is stored, and struck out when they are gone. So after a crash between
/// the two it is known where to look, without a walk over millions of folders.
/// </summary>
public sealed class FileRemovals(NpgsqlDataSource database)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = "create table if not exists work.file_removals (run bigint primary key, package text not null, suite text not null, arch text not null, private boolean not null)";

    /// <summary>Writes runs down. On disk before this returns, though the server's own writes need not be.</summary>
    public async Task Add(IReadOnlyCollection<RunKey> runs, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("""
            insert into work.file_removals (run, package, suite, arch, private)
            select r.run, r.package, r.suite, r.arch, r.private
            from unnest(@ids, @packages, @suites, @arches, @hidden) as r (run, package, suite, arch, private), set_config('synchronous_commit', 'on', true)
            on conflict do nothing
            """, new
        {
            ids = runs.Select(r => r.Id).ToArray(), packages = runs.Select(r => r.Package).ToArray(), suites = runs.Select(r => r.Suite).ToArray(),
            arches = runs.Select(r => r.Arch).ToArray(), hidden = runs.Select(r => r.Private).ToArray(),
        }, cancellationToken: cancellation));
    }

    /// <summary>Strikes runs out.</summary>
    public async Task Remove(IReadOnlyCollection<long> runs, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("delete from work.file_removals where run = any(@runs)", new { runs = runs.ToArray() }, cancellationToken: cancellation));
    }

    /// <summary>What was written down and not struck out.</summary>
    public async Task<IReadOnlyList<RunKey>> Left(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. (await connection.QueryAsync<(long Run, string Package, string Suite, string Arch, bool Private)>(new CommandDefinition(
            "select run, package, suite, arch, private from work.file_removals", cancellationToken: cancellation))).Select(r => new RunKey(r.Run, r.Package, r.Suite, r.Arch, r.Private))];
    }
}
