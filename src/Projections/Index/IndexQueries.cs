using System.Collections.Concurrent;
using System.Globalization;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>The current result of a package on a suite and architecture. Public by definition.</summary>
public sealed record IndexRow(
    string Suite, string Arch, string Package, long Run, Status Status, string? Version, string Message,
    IReadOnlyList<string> Triggers, int? DurationSeconds, DateTimeOffset FinishedAt);

/// <summary>What an index can be sorted by; rows that are equal in it, by package.</summary>
public enum IndexOrder
{
    /// <summary>By name.</summary>
    Package,
    /// <summary>By status: fail, neutral, pass, tmpfail.</summary>
    Status,
    /// <summary>By the time of the result.</summary>
    Finished,
    /// <summary>By how long the run took.</summary>
    Duration,
}

/// <summary>Which part of an index, and in which order.</summary>
/// <param name="Suite">Of which suite.</param>
/// <param name="Arch">On which architecture.</param>
/// <param name="Status">Those with this status only.</param>
/// <param name="Search">Those whose name contains this only.</param>
/// <param name="Order">Sorted by what.</param>
/// <param name="Descending">Largest first.</param>
public sealed record IndexQuestion(
    string Suite, string Arch, Status? Status = null, string? Search = null, IndexOrder Order = IndexOrder.Package, bool Descending = false);

/// <summary>Where a page of an index ends.</summary>
/// <param name="Key">What the last row has in the column sorted by: text, <see cref="DateTime"/> or int.</param>
/// <param name="Package">Its package.</param>
public sealed record IndexCursor(object Key, string Package)
{
    private const int Unknown = -1; // a duration that nobody knows stands before the shortest

    /// <summary>The cursor behind a row, as text that a client keeps.</summary>
    public static string Show(IndexOrder order, IndexRow row) => order switch
    {
        IndexOrder.Package => row.Package,
        IndexOrder.Status => $"{Columns.Word(row.Status)}~{row.Package}",
        IndexOrder.Finished => $"{row.FinishedAt.UtcTicks}~{row.Package}",
        IndexOrder.Duration => $"{row.DurationSeconds ?? Unknown}~{row.Package}",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>Reads such a text; null when it is none of this order.</summary>
    public static IndexCursor? Read(IndexOrder order, string text)
    {
        var (key, package) = text.IndexOf('~') is var at and >= 0 ? (text[..at], text[(at + 1)..]) : (text, text); // no name has a ~
        return order switch
        {
            IndexOrder.Package or IndexOrder.Status => new IndexCursor(key, package),
            IndexOrder.Finished when long.TryParse(key, NumberStyles.None, null, out var ticks) && ticks <= DateTime.MaxValue.Ticks =>
                new IndexCursor(new DateTime(ticks, DateTimeKind.Utc), package),
            IndexOrder.Duration when int.TryParse(key, NumberStyles.AllowLeadingSign, null, out var seconds) => new IndexCursor(seconds, package),
            _ => null,
        };
    }
}

/// <summary>Questions about current results, and about those that were.</summary>
public sealed class IndexQueries(NpgsqlDataSource database)
{
    private const string Fields = "suite, arch, package, run, status, version, message, triggers, duration, finished_at";

    private const int Few = 1000;

    // What was current at a position, all at once: what still is, and what ended later. As dear for one as for all of a suite.
    private const string AllAtOnce = $"""
        (select {Fields} from read.index where position <= @asOf
            union all select {Fields} from read.index_past where until > @asOf and position <= @asOf) as i
        """;

    // The same package by package: what still is, or of what ended later the first, if it had begun. As dear as there are packages, however long their past is.
    private const string OneByOne = """
        (select n.suite, n.arch, n.package, w.* from read.index n cross join lateral (
            select n.run, n.status, n.version, n.message, n.triggers, n.duration, n.finished_at, n.position where n.position <= @asOf
            union all
            (select p.run, p.status, p.version, p.message, p.triggers, p.duration, p.finished_at, p.position from read.index_past p
                where n.position > @asOf and p.suite = n.suite and p.arch = n.arch and p.package = n.package and p.until > @asOf order by p.until limit 1)) w
            where w.position <= @asOf) as i
        """;

    private readonly ConcurrentDictionary<(string Suite, string Arch, long Position), IReadOnlyDictionary<Status, long>> counted = new();

    /// <summary>
    /// The packages of a suite and architecture, in the order asked for, those behind <paramref name="after"/> if given, at most
    /// <paramref name="most"/>; with the results that were current at the position <paramref name="asOf"/>, or (null) that are now.
    /// </summary>
    public Task<IReadOnlyList<IndexRow>> List(
        IndexQuestion question, IndexCursor? after, int most, long? asOf = null, CancellationToken cancellation = default)
    {
        var (key, direction, beyond) = (KeyOf(question.Order), question.Descending ? "desc" : "asc", question.Descending ? "<" : ">");
        return Ask($"""
            select {Fields} from {Source(question, most, asOf)} where suite = @suite and arch = @arch {(question.Status is null ? "" : "and status = @status")}
            {(question.Search is null ? "" : "and package like @search")} {(after is null ? "" : $"and ({key}, package) {beyond} (@key, @package)")}
            order by {key} {direction}, package {direction} limit @most
            """, new
        {
            question.Suite, question.Arch, status = question.Status is { } s ? Columns.Word(s) : null, search = Columns.Containing(question.Search),
            key = after?.Key, package = after?.Package, most, asOf,
        }, cancellation);
    }

    // Columns' names, never a client's words.
    private static string KeyOf(IndexOrder order) => order switch
    {
        IndexOrder.Package => "package",
        IndexOrder.Status => "status",
        IndexOrder.Finished => "finished_at",
        IndexOrder.Duration => "coalesce(duration, -1)", // as its index has it
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    // A page by name reads its own packages only; what is filtered by status, or sorted otherwise, has to look at all of them anyway.
    private static string Source(IndexQuestion question, int most, long? asOf) => (asOf, question, most) switch
    {
        (null, _, _) => "read.index",
        (_, { Order: IndexOrder.Package, Status: null }, <= Few) => OneByOne,
        _ => AllAtOnce,
    };

    /// <summary>The results of these packages, everywhere, that were current at the position <paramref name="asOf"/>, or (null) that are now.</summary>
    public Task<IReadOnlyList<IndexRow>> OfPackages(IReadOnlyCollection<string> packages, long? asOf = null, CancellationToken cancellation = default) =>
        Ask($"select {Fields} from {(asOf is null ? "read.index" : OneByOne)} where package = any(@packages) order by suite, arch, package", new { packages = packages.ToArray(), asOf }, cancellation);

    /// <summary>
    /// How many packages of a suite and architecture had which status at a position, which the rows have passed. That never changes, so
    /// it is counted once for those who look at a moment's pages one after the other.
    /// </summary>
    public async Task<IReadOnlyDictionary<Status, long>> Counts(string suite, string arch, long asOf, CancellationToken cancellation = default)
    {
        if (counted.TryGetValue((suite, arch, asOf), out var known))
            return known;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string Status, long Packages)>(new CommandDefinition(
            $"select status, count(*) from {AllAtOnce} where suite = @suite and arch = @arch group by status", new { suite, arch, asOf }, cancellationToken: cancellation));
        if (counted.Count >= Few)
            counted.Clear();
        return counted[(suite, arch, asOf)] = rows.ToDictionary(r => Columns.Enum<Status>(r.Status), r => r.Packages);
    }

    private async Task<IReadOnlyList<IndexRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<IndexRecord>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
        return [.. rows.Select(r => r.ToRow())];
    }
}
