using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>The current result of a package on a suite and architecture. Public by definition.</summary>
public sealed record IndexRow(
    string Suite, string Arch, string Package, long Run, Status Status, string? Version, string Message,
    IReadOnlyList<string> Triggers, int DurationSeconds, DateTimeOffset FinishedAt);

/// <summary>Questions about current results.</summary>
public sealed class IndexQueries(NpgsqlDataSource database)
{
    private const string Select = "select suite, arch, package, run, status, version, message, triggers, duration, finished_at from read.index";

    /// <summary>The packages of a suite and architecture by name, behind <paramref name="afterPackage"/> if given, at most <paramref name="most"/>.</summary>
    public Task<IReadOnlyList<IndexRow>> List(
        string suite, string arch, Status? status, string? afterPackage, int most, CancellationToken cancellation = default) =>
        Ask($"""
            {Select} where suite = @suite and arch = @arch {(status is null ? "" : "and status = @status")}
            {(afterPackage is null ? "" : "and package > @afterPackage")} order by package limit @most
            """, new { suite, arch, status = status is { } s ? Columns.Word(s) : null, afterPackage, most }, cancellation);

    /// <summary>The current results of these packages, everywhere.</summary>
    public Task<IReadOnlyList<IndexRow>> OfPackages(IReadOnlyCollection<string> packages, CancellationToken cancellation = default) =>
        Ask($"{Select} where package = any(@packages) order by suite, arch", new { packages = packages.ToArray() }, cancellation);

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
