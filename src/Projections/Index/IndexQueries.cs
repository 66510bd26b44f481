using System.Globalization;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>The current result of a package on a suite and architecture. Public by definition.</summary>
public sealed record IndexRow(
    string Suite, string Arch, string Package, long Run, Status Status, string? Version, string Message,
    IReadOnlyList<string> Triggers, int DurationSeconds, DateTimeOffset FinishedAt);

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
    /// <summary>The cursor behind a row, as text that a client keeps.</summary>
    public static string Show(IndexOrder order, IndexRow row) => order switch
    {
        IndexOrder.Package => row.Package,
        IndexOrder.Status => $"{Columns.Word(row.Status)}~{row.Package}",
        IndexOrder.Finished => $"{row.FinishedAt.UtcTicks}~{row.Package}",
        IndexOrder.Duration => $"{row.DurationSeconds}~{row.Package}",
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
            IndexOrder.Duration when int.TryParse(key, NumberStyles.None, null, out var seconds) => new IndexCursor(seconds, package),
            _ => null,
        };
    }
}

/// <summary>Questions about current results, and about those that were.</summary>
public sealed class IndexQueries(NpgsqlDataSource database)
{
    private const string Fields = "suite, arch, package, run, status, version, message, triggers, duration, finished_at";

    // What was current at a position: what still is, and what ended later. Conditions on the whole reach both parts.
    private const string Past = $"""
        (select {Fields} from read.index where position <= @asOf
            union all select {Fields} from read.index_past where until > @asOf and position <= @asOf) as i
        """;

    /// <summary>
    /// The packages of a suite and architecture, in the order asked for, those behind <paramref name="after"/> if given, at most
    /// <paramref name="most"/>; with the results that were current at the position <paramref name="asOf"/>, or (null) that are now.
    /// </summary>
    public Task<IReadOnlyList<IndexRow>> List(
        IndexQuestion question, IndexCursor? after, int most, long? asOf = null, CancellationToken cancellation = default)
    {
        var (key, direction, beyond) = (KeyOf(question.Order), question.Descending ? "desc" : "asc", question.Descending ? "<" : ">");
        return Ask($"""
            select {Fields} from {(asOf is null ? "read.index" : Past)} where suite = @suite and arch = @arch {(question.Status is null ? "" : "and status = @status")}
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
        IndexOrder.Duration => "duration",
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    /// <summary>The results of these packages, everywhere, that were current at the position <paramref name="asOf"/>, or (null) that are now.</summary>
    public Task<IReadOnlyList<IndexRow>> OfPackages(IReadOnlyCollection<string> packages, long? asOf = null, CancellationToken cancellation = default) => Ask($"""
        select {Fields} from read.index where package = any(@packages) {(asOf is null ? "" : "and position <= @asOf")}
        {(asOf is null ? "" : $"""
            union all -- where a package has a result, it has one for ever: the current ones lead to those of the past
            select {Fields} from read.index_past where until > @asOf and position <= @asOf
                and (suite, arch, package) in (select suite, arch, package from read.index where package = any(@packages))
            """)}
        order by suite, arch, package
        """, new { packages = packages.ToArray(), asOf }, cancellation);

    /// <summary>How many packages of a suite and architecture had which status at a position.</summary>
    public async Task<IReadOnlyDictionary<Status, long>> Counts(string suite, string arch, long asOf, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string Status, long Packages)>(new CommandDefinition(
            $"select status, count(*) from {Past} where suite = @suite and arch = @arch group by status", new { suite, arch, asOf }, cancellationToken: cancellation));
        return rows.ToDictionary(r => Columns.Enum<Status>(r.Status), r => r.Packages);
    }

    private async Task<IReadOnlyList<IndexRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
        return [.. rows.Select(r => new IndexRow(r.Suite, r.Arch, r.Package, r.Run, Columns.Enum<Status>(r.Status), r.Version, r.Message,
            Columns.Words(r.Triggers), r.Duration, r.Finished_At))];
    }

    private sealed record Row(
        string Suite, string Arch, string Package, long Run, string Status, string? Version, string Message, string Triggers,
        int Duration, DateTime Finished_At);
}
