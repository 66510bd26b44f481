using System.Globalization;
using Dapper;
using Npgsql;

namespace Debci.Projections;

/// <summary>A public result under a name that sorts as results came.</summary>
/// <param name="Run">The run.</param>
/// <param name="Stamp">The name: the second at which it was stored, such as <c>20261129_084703</c>; a later one where that is taken.</param>
/// <param name="Status">What came of it: pass, fail or neutral.</param>
/// <param name="ExitCode">autopkgtest's; null when nobody knows.</param>
/// <param name="Version">The tested version; null when it is unknown.</param>
/// <param name="Triggers">What caused it, a blank between them.</param>
/// <param name="DurationSeconds">Null when nobody knows.</param>
/// <param name="At">When it was stored, UTC.</param>
public sealed record StampedResult(long Run, string Stamp, string Status, int? ExitCode, string? Version, string Triggers, int? DurationSeconds, DateTime At);

/// <summary>Results as <see cref="StampedResult"/>.</summary>
public sealed class StampedResults(NpgsqlDataSource database)
{
    /// <summary>
    /// Those of one requester in the order in which they came. What failed by the fault of the machinery (tmpfail) is none of them. A result is among them
    /// once both read models have it; none that comes later ever stands before it or has its name, though imported ones have other times, published ones come late, and many may come in one second.
    /// </summary>
    public async Task<IReadOnlyList<StampedResult>> List(string requester, string suite, string arch, string package, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        // All of the place in the log's order, whoever sees them: what has a name keeps it for ever. What is published comes again, and counts there.
        var rows = await connection.QueryAsync<Row>(new CommandDefinition("""
            select f.run, f.status, r.exit_code, f.version, f.triggers, f.duration, coalesce(r.imported_at, f.finished_at) as at,
                p.shows and f.requester = @requester and not f.private and f.status <> 'tmpfail' as counts
            from read.history f join read.runs r on r.run = f.run and r.state = 'finished'
                cross join lateral (values (f.position, f.published is null), (f.published, true)) as p (position, shows)
            where f.package = @package and f.suite = @suite and f.arch = @arch and p.position is not null order by p.position
            """, new { requester, suite, arch, package }, cancellationToken: cancellation));
        return [.. Stamped(rows).Where(r => r.Row.Counts).Select(r => new StampedResult(r.Row.Run, r.Second.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture),
            r.Row.Status, r.Row.Exit_Code, r.Row.Version, r.Row.Triggers, r.Row.Duration, r.Row.At))];
    }

    private static IEnumerable<(Row Row, DateTime Second)> Stamped(IEnumerable<Row> rows)
    {
        var last = DateTime.MinValue;
        foreach (var row in rows)
        {
            var own = row.At.AddTicks(-(row.At.Ticks % TimeSpan.TicksPerSecond));
            last = own > last ? own : last.AddSeconds(1);
            yield return (row, last);
        }
    }

    private sealed record Row(long Run, string Status, int? Exit_Code, string? Version, string Triggers, int? Duration, DateTime At, bool Counts);
}
