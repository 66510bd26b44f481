using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>The rows of results that have names: what came of a place, in the log's order, and each by its position.</summary>
internal sealed class StampedRows(NpgsqlDataSource database)
{
    private const string Time = "coalesce(r.imported_at, f.finished_at)";
    private const string Here = "from read.history f join read.runs r on r.run = f.run and r.state = 'finished' where f.package = @Package and f.suite = @Suite and f.arch = @Arch";

    /// <summary>
    /// All that came in a place behind a position, whoever sees it, as far as both models have come: what has a name keeps it for ever. What is published comes again, and
    /// counts there.
    /// </summary>
    /// <exception cref="RefusedException">The rows are being made.</exception>
    public async Task<(long Passed, IReadOnlyList<Came> Rows)> Behind(long after, StampedPlace place, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = (await connection.QueryAsync<Row>(new CommandDefinition($"""
            select c.passed, e.position, e.at, e.shows and e.requester = @Requester and not e.private and e.status <> 'tmpfail' as counts
            from (select min(position) as passed from read.checkpoints where shown and name in ('history', 'runs') having count(*) = 2) c left join lateral (
                select f.position as came, f.published is null as shows, f.position, {Time} as at, f.requester, f.private, f.status {Here} and f.position > @after and f.position <= c.passed
                union all
                select f.published, true, f.position, {Time}, f.requester, f.private, f.status {Here} and f.published > @after and f.published <= c.passed) e on true
            order by e.came
            """, new { place.Requester, place.Suite, place.Arch, place.Package, after }, cancellationToken: cancellation))).AsList();
        if (rows.Count == 0)
            throw new RefusedException(RefusalCode.NotYet, "The results are being made from the log; try again later.");
        return (rows[0].Passed, [.. rows.Where(r => r.Position is not null).Select(r => new Came(r.At!.Value, r.Position!.Value, r.Counts!.Value))]);
    }

    /// <summary>The result at a position; null where it is not there any more.</summary>
    public async Task<StampedResult?> At(long position, StampedPlace place, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<StampedResult>(new CommandDefinition($"""
            select f.run, f.status, r.exit_code as ExitCode, f.version, f.triggers, f.duration as DurationSeconds, {Time} as at {Here} and f.position = @position
            """, new { place.Suite, place.Arch, place.Package, position }, cancellationToken: cancellation));
    }

    private sealed record Row(long Passed, long? Position, DateTime? At, bool? Counts);
}

/// <summary>Something came in a place.</summary>
/// <param name="At">When it was stored.</param>
/// <param name="Position">Of its row.</param>
/// <param name="Counts">Whether it is to be seen.</param>
internal readonly record struct Came(DateTime At, long Position, bool Counts);
