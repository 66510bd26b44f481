namespace Debci.EventLog;

/// <summary>Moments as places in the log.</summary>
public static class Moments
{
    /// <summary>
    /// The position of the last event that was recorded at or before a moment; 0 when there is none. Found by bisecting, since recorded
    /// times never fall along positions: some thirty reads of one event.
    /// </summary>
    public static async Task<long> PositionAt(this IEventLog log, DateTimeOffset moment, CancellationToken cancellation = default)
    {
        var (low, high) = (0L, await log.Head(cancellation)); // low: recorded in time; behind high: too late
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            var next = await log.ReadAll(middle, 1, cancellation);
            if (next.Count == 0 || next[0].Position > high || next[0].RecordedAt > moment)
                high = middle;
            else
                low = next[0].Position;
        }
        return low;
    }

    /// <summary>The position of the last event at or before a position, since positions have gaps; 0 when there is none.</summary>
    public static async Task<long> LastPosition(this IEventLog log, long position, CancellationToken cancellation = default)
    {
        for (var step = 64L; ; step *= 2)
        {
            var from = Math.Max(0, position - step);
            var found = (await log.ReadAll(from, (int)Math.Min(step, int.MaxValue), cancellation)).LastOrDefault(e => e.Position <= position);
            if (found is not null || from == 0)
                return found?.Position ?? 0;
        }
    }
}
