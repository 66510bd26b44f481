using System.Globalization;
using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A public result under a name that sorts as results came: when it was stored, and its place in the log.</summary>
/// <param name="Run">The run.</param>
/// <param name="Position">Its place in the log.</param>
/// <param name="Status">What came of it: pass, fail or neutral.</param>
/// <param name="ExitCode">autopkgtest's; null when nobody knows.</param>
/// <param name="Version">The tested version; null when it is unknown.</param>
/// <param name="Triggers">What caused it, a blank between them.</param>
/// <param name="DurationSeconds">Null when nobody knows.</param>
/// <param name="At">When it was stored, UTC; never before that of one that came earlier.</param>
public sealed record StampedResult(long Run, long Position, string Status, int? ExitCode, string? Version, string Triggers, int? DurationSeconds, DateTime At)
{
    /// <summary>The name, such as <c>20261129_084703_0000000000012345</c>.</summary>
    public string Stamp => string.Create(CultureInfo.InvariantCulture, $"{At:yyyyMMdd_HHmmss}_{Position:D16}");
}

/// <summary>Results as <see cref="StampedResult"/>.</summary>
public sealed class StampedResults(NpgsqlDataSource database)
{
    /// <summary>
    /// Those of one requester in the order in which they came. What failed by the fault of the machinery (tmpfail) is none of them. A result is among them
    /// once both read models have it; none that comes later ever stands before it, though imported ones come with other times and two may come in one second.
    /// </summary>
    public async Task<IReadOnlyList<StampedResult>> List(string requester, string suite, string arch, string package, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. await connection.QueryAsync<StampedResult>(new CommandDefinition("""
            select run, position, status, exit_code as "ExitCode", version, triggers, duration as "DurationSeconds", at from (
                select f.run, f.position, f.status, r.exit_code, f.version, f.triggers, f.duration, f.private, f.requester,
                    max(coalesce(r.imported_at, f.finished_at)) over (order by f.position) as at
                from read.history f join read.runs r on r.run = f.run and r.state = 'finished'
                where f.package = @package and f.suite = @suite and f.arch = @arch) s
            where requester = @requester and not private and status in ('pass', 'fail', 'neutral') order by position
            """, new { requester, suite, arch, package }, cancellationToken: cancellation))];
    }
}
