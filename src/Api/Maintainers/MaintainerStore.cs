using Dapper;
using Npgsql;

namespace Debci.Api.Maintainers;

/// <summary>A source package and who maintains it.</summary>
/// <param name="Package">Its name.</param>
/// <param name="Addresses">Mail addresses of its maintainer and uploaders.</param>
public sealed record MaintainedSource(string Package, IReadOnlyList<string> Addresses);

/// <summary>
/// Who maintains which source, as the archives that are followed say it now. It stands beside the log and not in it: it is about persons, it is
/// no decision and no result of ours, and what an archive says no more is to be gone here too (ops/decisions/18-maintainers.md).
/// </summary>
public sealed class MaintainerStore(NpgsqlDataSource database)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = """
        create table if not exists work.maintainers (address text not null, suite text not null, package text not null, primary key (address, suite, package));
        create index if not exists maintainers_suite on work.maintainers (suite)
        """;

    private static readonly string[] Replacing =
    [
        "select pg_advisory_xact_lock(hashtext('debci maintainers'), hashtext(@suite))", // one after the other: else each puts back what the other has just removed
        """
        delete from work.maintainers m where suite = @suite and not exists (
            select from unnest(@addresses, @packages) as t (address, package) where t.address = m.address and t.package = m.package)
        """,
        "insert into work.maintainers (address, suite, package) select address, @suite, package from unnest(@addresses, @packages) as t (address, package) on conflict do nothing",
    ];

    /// <summary>Puts what an archive says of a suite in the place of what it said before; only what differs is written.</summary>
    public async Task Replace(string suite, IReadOnlyCollection<MaintainedSource> sources, CancellationToken cancellation)
    {
        var rows = sources.SelectMany(s => s.Addresses.Select(a => (Address: Normal(a), s.Package))).Distinct().ToList();
        var told = new { suite, addresses = rows.Select(r => r.Address).ToArray(), packages = rows.Select(r => r.Package).ToArray() };
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        foreach (var sql in Replacing)
            await connection.ExecuteAsync(new CommandDefinition(sql, told, transaction, cancellationToken: cancellation));
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>What somebody maintains, in any suite.</summary>
    public async Task<IReadOnlyList<string>> PackagesOf(string address, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<string>(new CommandDefinition("select distinct package from work.maintainers where address = @address",
            new { address = Normal(address) }, cancellationToken: cancellation))];
    }

    /// <summary>An address as it is looked for: nobody has two that differ in upper and lower case alone.</summary>
    public static string Normal(string address) => address.ToLowerInvariant();
}
