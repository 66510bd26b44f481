using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>A source package that has a public result.</summary>
/// <param name="Package">Its name.</param>
/// <param name="FinishedAt">When its newest result was stored; UTC, by the log's clock.</param>
/// <param name="Rank">0 when it is what was searched for, 1 when it begins with that, else 2.</param>
public sealed record PackageRow(string Package, DateTime FinishedAt, int Rank);

/// <summary>What packages can be sorted by.</summary>
public enum PackageOrder
{
    /// <summary>By name; in a search first the name itself, then names that begin with it.</summary>
    Name,
    /// <summary>The newest result first.</summary>
    Newest,
}

/// <summary>Which packages: those that fit all that is given.</summary>
/// <param name="Search">A part of the name.</param>
/// <param name="Suite">With a current result in this suite.</param>
/// <param name="Arch">With a current result on this architecture.</param>
/// <param name="Status">With a current result of this status (in that suite, on that architecture).</param>
public sealed record PackageFilter(string? Search = null, string? Suite = null, string? Arch = null, Status? Status = null);

/// <summary>Questions about which packages there are.</summary>
public sealed class PackagesQueries(NpgsqlDataSource database)
{
    /// <summary>Packages in the order asked for, those behind <paramref name="after"/> if given, at most <paramref name="most"/>.</summary>
    public Task<IReadOnlyList<PackageRow>> Search(
        PackageFilter filter, PackageOrder order, PackageRow? after, int most, CancellationToken cancellation = default)
    {
        var conditions = new List<string> { "true" };
        if (filter.Search is not null) conditions.Add("package in (select package from read.package_names where package like @containing)");
        if (filter is not { Suite: null, Arch: null, Status: null }) conditions.Add($"exists (select from read.index i where i.package = p.package{Of(filter)})");
        if (after is not null) conditions.Add(order == PackageOrder.Name ? "(rank, package) > (@rank, @package)" : "(finished_at, package) < (@finishedAt, @package)");
        return Ask($"""
            select package, finished_at as FinishedAt, rank as Rank
            from (select *, case when @search = '' then 2 when package = @search then 0 when starts_with(package, @search) then 1 else 2 end as rank from read.packages) as p
            where {string.Join(" and ", conditions)}
            order by {(order == PackageOrder.Name ? "rank, package" : "finished_at desc, package desc")} limit @most
            """, new
        {
            search = filter.Search ?? "", containing = Columns.Containing(filter.Search), filter.Suite, filter.Arch,
            status = filter.Status is { } s ? Columns.Word(s) : null, after?.Rank, after?.Package, after?.FinishedAt, most,
        }, cancellation);
    }

    /// <summary>The names that are most like this one, for somebody who mistyped it; none that has nothing in common with it.</summary>
    public async Task<IReadOnlyList<string>> Near(string name, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<string>(new CommandDefinition("""
            select package from (select package, package <-> @name as distance from read.package_names order by package <-> @name limit @most) as near
            where distance < 0.8 order by distance, package
            """, new { name, most }, cancellationToken: cancellation))];
    }

    /// <summary>When the newest public result of a package was stored; null when it has none.</summary>
    public async Task<DateTime?> NewestOf(string package, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<DateTime?>(new CommandDefinition("select finished_at from read.packages where package = @package", new { package }, cancellationToken: cancellation));
    }

    /// <summary>All of them, by name.</summary>
    public async Task<IReadOnlyList<string>> Names(CancellationToken cancellation = default) => await Words("select package from read.packages order by package collate \"C\"", cancellation);

    /// <summary>Those that no suite has any more that ever tested them.</summary>
    public async Task<IReadOnlySet<string>> Removed(CancellationToken cancellation = default) => (await Words("""
        select distinct r.package from read.removed_sources r where not exists (select from read.index i where i.package = r.package
            and not exists (select from read.removed_sources o where o.suite = i.suite and o.package = i.package))
        """, cancellation)).ToHashSet(StringComparer.Ordinal);

    private async Task<IReadOnlyList<string>> Words(string sql, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<string>(new CommandDefinition(sql, cancellationToken: cancellation))];
    }

    private static string Of(PackageFilter filter) => string.Concat(
        filter.Suite is null ? "" : " and i.suite = @suite", filter.Arch is null ? "" : " and i.arch = @arch", filter.Status is null ? "" : " and i.status = @status");

    private async Task<IReadOnlyList<PackageRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<PackageRow>(new CommandDefinition(sql, parameters, cancellationToken: cancellation))];
    }
}
