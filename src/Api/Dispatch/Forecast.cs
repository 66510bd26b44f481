using Debci.Projections;

namespace Debci.Api.Dispatch;

/// <summary>Where a pending run stands.</summary>
/// <param name="Place">1 for the next one among those that the same workers can take.</param>
/// <param name="ExpectedStart">When a worker is likely to take it; null when none will as things are, or when nothing is known of how long runs take.</param>
/// <param name="WaitsFor">What is in its way beside other runs, in a sentence; null for nothing.</param>
public sealed record Outlook(long Place, DateTimeOffset? ExpectedStart, string? WaitsFor);

/// <summary>Tells pending runs their place and when they are likely to start.</summary>
/// <remarks>
/// A guess, made for people: all workers that can take it take the runs before it, each as long as runs of its architecture took of
/// late. That they take other runs in turn makes it too early.
/// </remarks>
public sealed class Forecast(QueueQueries queue, WorkersQueries workers, DispatchState dispatch)
{
    /// <summary>The outlook of each run that waits; running ones have none, nor those of a moment that is over.</summary>
    public async Task<IReadOnlyDictionary<long, Outlook>> Of(IReadOnlyCollection<QueueRow> rows, CancellationToken cancellation)
    {
        var pending = rows.Where(r => r is { State: "pending", IsPast: false }).ToList();
        if (pending.Count == 0)
            return new Dictionary<long, Outlook>();
        var view = await dispatch.Look(cancellation);
        var durations = await workers.Durations(cancellation);
        var closed = (await queue.Lanes(cancellation)).Select(l => l.Lane).Where(l => view.WhyNot(l) is not null).Select(l => l.Name).ToList();
        var ranks = await queue.Ranks([.. pending.Select(p => p.Run)], closed, cancellation);
        // One that a worker took in this moment has no rank any more.
        return pending.Where(p => ranks.ContainsKey(p.Run)).ToDictionary(p => p.Run, p => Of(p, ranks[p.Run], durations, view));
    }

    private static Outlook Of(QueueRow row, long rank, IReadOnlyDictionary<string, double> durations, DispatchView view)
    {
        var obstacle = row.Held ? DispatchView.InQuarantine : view.WhyNot(row.Lane);
        var (capacity, busy) = view.CapacityFor(row.Lane);
        DateTimeOffset? start = obstacle is not null || capacity == 0 || !durations.TryGetValue(row.Arch, out var seconds) ? null
            : view.At.AddSeconds(Math.Max(0, rank - Math.Max(0, capacity - busy)) * seconds / capacity);
        if (start is not null && row.NotBefore > start.Value.UtcDateTime)
            start = row.NotBefore;
        return new Outlook(rank, start, obstacle);
    }
}
