using System.Collections.Concurrent;
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
    private readonly StampedRows rows = new(database);
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
    public async Task<StampedResult?> Find(StampedPlace place, string name, CancellationToken cancellation = default) =>
        await Look(place, names => names.Find(name), cancellation) is { } position ? await rows.At(position, place, cancellation) : null;

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
        using var turn = await names.Turns.Take(cancellation);
        var before = names.Weight;
        await ReadOn(names, place, cancellation);
        Count(names.Weight - before);
        return ask(names);
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
        var (passed, came) = await rows.Behind(names.Passed, place, cancellation);
        if (passed < names.Passed) // what was read is there no more, and comes again: PostgreSQL was killed, or another took its place
        {
            names.Forget();
            (passed, came) = await rows.Behind(0, place, cancellation);
        }
        names.Take(came, passed);
        Interlocked.Add(ref read, came.Count);
    }
}
