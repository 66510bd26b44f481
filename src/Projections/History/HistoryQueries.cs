using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>One finished run in a package's history. <paramref name="Position"/> is its place in the log, and so in the history.</summary>
public sealed record HistoryRow(
    long Position, long Run, string Package, string Suite, string Arch, bool Private, string Requester, bool Pinned, Status Status,
    Cause? Cause, string? Version, string Message, IReadOnlyList<string> Triggers, int? DurationSeconds, string Worker, DateTimeOffset FinishedAt);

/// <summary>Questions about the past of packages.</summary>
public sealed class HistoryQueries(NpgsqlDataSource database)
{
    private const string Select = $"""
        select position, run, package, suite, arch, private, requester, pinned, status, cause, version, message, triggers, duration, worker, finished_at
        from read.history where {Viewer.MaySee}
        """;

    /// <summary>
    /// A package's finished runs, newest result first; of one suite and architecture, or of all.
    /// Those before the position <paramref name="before"/> if given, at most <paramref name="most"/>.
    /// </summary>
    public Task<IReadOnlyList<HistoryRow>> List(
        string package, string? suite, string? arch, long? before, int most, Viewer viewer, CancellationToken cancellation = default) => Ask($"""
        {Select} and package = @package {(suite is null ? "" : "and suite = @suite")} {(arch is null ? "" : "and arch = @arch")}
            {(before is null ? "" : "and position < @before")}
        order by position desc limit @most
        """, new { package, suite, arch, before, most, viewer.Account, viewer.SeesAll }, cancellation);

    /// <summary>The newest results of all packages.</summary>
    public Task<IReadOnlyList<HistoryRow>> Newest(int most, Viewer viewer, CancellationToken cancellation = default) =>
        Ask($"{Select} order by position desc limit @most", new { most, viewer.Account, viewer.SeesAll }, cancellation);

    /// <summary>Whether packages have ever passed, or been neutral, in a requester's runs in a suite; by package and architecture, at a position or (null) now. Those without any run are missing.</summary>
    public async Task<Dictionary<(string Package, string Arch), (bool Passed, bool Neutral)>> Ever(
        string requester, string suite, IReadOnlyCollection<string> packages, long? asOf = null, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(string Package, string Arch, bool Passed, bool Neutral)>(new CommandDefinition($"""
            select package, arch, bool_or(status = 'pass'), bool_or(status = 'neutral') from read.history
            where package = any(@packages) and suite = @suite and requester = @requester {(asOf is null ? "" : "and position <= @asOf")} group by package, arch
            """, new { requester, suite, packages = packages.ToArray(), asOf }, cancellationToken: cancellation));
        return rows.ToDictionary(r => (r.Package, r.Arch), r => (r.Passed, r.Neutral));
    }

    private async Task<IReadOnlyList<HistoryRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
        return [.. rows.Select(r => new HistoryRow(r.Position, r.Run, r.Package, r.Suite, r.Arch, r.Private, r.Requester, r.Pinned,
            Columns.Enum<Status>(r.Status), r.Cause is null ? null : Columns.Enum<Cause>(r.Cause), r.Version, r.Message,
            Columns.Words(r.Triggers), r.Duration, r.Worker, r.Finished_At))];
    }

    private sealed record Row(
        long Position, long Run, string Package, string Suite, string Arch, bool Private, string Requester, bool Pinned, string Status,
        string? Cause, string? Version, string Message, string Triggers, int? Duration, string Worker, DateTime Finished_At);
}
