using System.Globalization;
using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A current result that is a fail, and since when it is: the time of the first of the fails that no pass and no neutral has come between.</summary>
public sealed record Failure(IndexRow Result, DateTimeOffset Since);

/// <summary>A package with what is said of it on the architectures of a suite, by name.</summary>
/// <typeparam name="T">What is said on one.</typeparam>
public sealed record SuitePackage<T>(string Package, IReadOnlyList<T> Places);

/// <summary>Where a page of the slowest ends.</summary>
public sealed record SlowCursor(int Seconds, string Package, string Arch)
{
    /// <summary>The cursor behind a row, as text that a client keeps.</summary>
    public static string Show(IndexRow row) => $"{row.DurationSeconds}~{row.Package}~{row.Arch}";

    /// <summary>Reads such a text; null when it is none.</summary>
    public static SlowCursor? Read(string text) => text.Split('~') is [var seconds, var package, var arch] && int.TryParse(seconds, NumberStyles.None, null, out var number)
        ? new SlowCursor(number, package, arch) : null;
}

/// <summary>
/// Questions about what a maintainer of a suite looks after: what fails, what is slow, what differs between architectures. All by current
/// results, which are public; without sources that have left the suite. Each walks an index from where the page before ended.
/// </summary>
public sealed class TroubleQueries(NpgsqlDataSource database)
{
    private const string Fields = "i.suite, i.arch, i.package, i.run, i.status, i.version, i.message, i.triggers, i.duration, i.finished_at";

    private static string IsThere(string row) => $"not exists (select from read.removed_sources s where s.suite = {row}.suite and s.package = {row}.package)";

    /// <summary>Packages that fail on any architecture of a suite, by name; those behind <paramref name="after"/>, at most <paramref name="most"/>.</summary>
    public async Task<IReadOnlyList<SuitePackage<Failure>>> Failing(string suite, string? after, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<IndexRecord, DateTime, Failure>(new CommandDefinition($"""
            with names as (
                select distinct f.package from read.index_counts c cross join lateral (
                    select n.package from read.index n where n.suite = c.suite and n.arch = c.arch and n.status = 'fail' and n.package > @after and {IsThere("n")}
                    order by n.package limit @most) f
                where c.suite = @suite and c.status = 'fail' order by f.package limit @most)
            select {Fields}, case when s.settled = 'fail' then coalesce(s.settled_since, i.finished_at) else i.finished_at end as since
            from names join read.index i on i.suite = @suite and i.package = names.package and i.status = 'fail'
                left join read.statuses s on s.suite = i.suite and s.arch = i.arch and s.package = i.package
            order by i.package, i.arch
            """, new { suite, after = after ?? "", most }, cancellationToken: cancellation), (record, since) => new Failure(record.ToRow(), since), splitOn: "since");
        return ByPackage(rows, f => f.Result.Package);
    }

    /// <summary>The current results of a suite, or of one architecture of it, whose runs took longest; those behind <paramref name="after"/>, at most <paramref name="most"/>. Without those of which nobody knows.</summary>
    public async Task<IReadOnlyList<IndexRow>> Slow(string suite, string? arch, SlowCursor? after, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<IndexRecord>(new CommandDefinition($"""
            select {Fields} from (select distinct suite, arch from read.index_counts where suite = @suite {(arch is null ? "" : "and arch = @arch")}) c cross join lateral (
                select * from read.index n where n.suite = c.suite and n.arch = c.arch and coalesce(n.duration, -1) >= 0 and {IsThere("n")}
                    {(after is null ? "" : "and (coalesce(n.duration, -1), n.package) <= (@Seconds, @Package) and (coalesce(n.duration, -1), n.package, n.arch) < (@Seconds, @Package, @Place)")}
                order by coalesce(n.duration, -1) desc, n.package desc limit @most) i
            order by i.duration desc, i.package desc, i.arch desc limit @most
            """, new { suite, arch, after?.Seconds, after?.Package, Place = after?.Arch, most }, cancellationToken: cancellation));
        return [.. rows.Select(r => r.ToRow())];
    }

    /// <summary>
    /// Packages whose current results differ between architectures of a suite, with all of them, by name; those behind <paramref name="after"/>,
    /// at most <paramref name="most"/>. A tmpfail, which says nothing of the package, makes no difference.
    /// </summary>
    public async Task<IReadOnlyList<SuitePackage<IndexRow>>> PlatformSpecific(string suite, string? after, int most, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<IndexRecord>(new CommandDefinition($"""
            with names as (
                select t.package from read.status_spreads t where t.suite = @suite and {StatusesModel.Apart} and t.package > @after and {IsThere("t")} order by t.package limit @most)
            select {Fields} from names join read.index i on i.suite = @suite and i.package = names.package order by i.package, i.arch
            """, new { suite, after = after ?? "", most }, cancellationToken: cancellation));
        return ByPackage(rows.Select(r => r.ToRow()), r => r.Package);
    }

    // In the order of the rows.
    private static IReadOnlyList<SuitePackage<T>> ByPackage<T>(IEnumerable<T> rows, Func<T, string> package) =>
        [.. rows.GroupBy(package, StringComparer.Ordinal).Select(g => new SuitePackage<T>(g.Key, [.. g]))];
}
