using System.Collections.Concurrent;
using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>One requester's results of a package on a suite and architecture.</summary>
public sealed record StampedPlace(string Requester, string Suite, string Arch, string Package);

/// <summary>A public result that has a name which sorts as results came.</summary>
/// <param name="Run">The run.</param>
/// <param name="Status">What came of it: pass, fail or neutral.</param>
/// <param name="ExitCode">autopkgtest's; null when nobody knows.</param>
/// <param name="Version">The tested version; null when it is unknown.</param>
/// <param name="Triggers">What caused it, a blank between them.</param>
/// <param name="DurationSeconds">Null when nobody knows.</param>
/// <param name="At">When it was stored, UTC.</param>
public sealed record StampedResult(long Run, string Status, int? ExitCode, string? Version, string Triggers, int? DurationSeconds, DateTime At);

/// <summary>
/// Results by names: the second at which each was stored, such as <c>20261129_084703</c>, or the next that is free. What failed by the fault of the machinery
/// (tmpfail) is none of them. A result is among them once both read models have it; none that comes later ever stands before it or has its name, though imported
/// ones have other times, published ones come late, and many may come in one second.
/// </summary>
/// <remarks>The names that were asked about are kept, as many as fit; what is said of a result is always read from its row.</remarks>
public sealed class StampedResults(NpgsqlDataSource database)
{
    private const string Time = "coalesce(r.imported_at, f.finished_at)";
    private const string Here = "from read.history f join read.runs r on r.run = f.run and r.state = 'finished' where f.package = @Package and f.suite = @Suite and f.arch = @Arch";

    private readonly ConcurrentDictionary<StampedPlace, StampedNames> known = new();
    private long kept;
    private long read;

    /// <summary>How many names are kept at most, at 32 bytes each; then all are forgotten.</summary>
    internal long Most { get; init; } = 1_000_000;

    /// <summary>How many rows of the history were read for names.</summary>
    internal long RowsRead => Interlocked.Read(ref read);

    /// <summary>How many places are kept.</summary>
    internal int Places => known.Count;

    /// <summary>The names of a place in the order in which the results came, from the first on of which <paramref name="isBehind"/> holds, as it does of every later one.</summary>
    /// <exception cref="RefusedException">The rows are being made.</exception>
    public Task<IReadOnlyList<string>> Names(StampedPlace place, Func<string, bool> isBehind, CancellationToken cancellation = default) => Look(place, names => names.From(isBehind), cancellation);

    /// <summary>The result with a name; null where there is none.</summary>
    /// <exception cref="RefusedException">The rows are being made.</exception>
    public async Task<StampedResult?> Find(StampedPlace place, string name, CancellationToken cancellation = default)
    {
        if (await Look(place, names => names.Find(name), cancellation) is not { } position)
            return null;
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<StampedResult>(new CommandDefinition($"""
            select f.run, f.status, r.exit_code as ExitCode, f.version, f.triggers, f.duration as DurationSeconds, {Time} as at {Here} and f.position = @position
            """, new { place.Suite, place.Arch, place.Package, position }, cancellationToken: cancellation));
    }

    private async Task<T> Look<T>(StampedPlace place, Func<StampedNames, T> ask, CancellationToken cancellation)
    {
        var names = known.GetOrAdd(place, _ => new StampedNames());
        try
        {
            return await InTurn(place, names, ask, cancellation);
        }
        finally
        {
            if (names.Weight == 0)
                known.TryRemove(new(place, names)); // nobody has a result there, or nobody could look: it may be any word that came with an address
        }
    }

    private async Task<T> InTurn<T>(StampedPlace place, StampedNames names, Func<StampedNames, T> ask, CancellationToken cancellation)
    {
        await names.Turn.WaitAsync(cancellation);
        try
        {
            var before = names.Weight;
            await ReadOn(names, place, cancellation);
            Count(names.Weight - before);
            return ask(names);
        }
        finally
        {
            names.Turn.Release();
        }
    }

    private void Count(int more)
    {
        if (Interlocked.Add(ref kept, more) <= Most)
            return;
        known.Clear();
        Interlocked.Exchange(ref kept, 0);
    }

    private async Task ReadOn(StampedNames names, StampedPlace place, CancellationToken cancellation)
    {
        var (passed, rows) = await Read(place, names.Passed, cancellation);
        if (passed < names.Passed) // what was read is there no more, and comes again: PostgreSQL was killed, or another took its place
        {
            names.Forget();
            (passed, rows) = await Read(place, 0, cancellation);
        }
        names.Take(rows, passed);
        Interlocked.Add(ref read, rows.Count);
    }

    // All of the place in the log's order, whoever sees them, as far as both models have come: what has a name keeps it for ever. What is published comes again, and counts there.
    private async Task<(long Passed, List<(DateTime, long, bool)> Rows)> Read(StampedPlace place, long after, CancellationToken cancellation)
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
        return (rows[0].Passed, [.. rows.Where(r => r.Position is not null).Select(r => (r.At!.Value, r.Position!.Value, r.Counts!.Value))]);
    }

    private sealed record Row(long Passed, long? Position, DateTime? At, bool? Counts);
}
