using System.Collections.Concurrent;

namespace Debci.EventLog;

/// <summary>A moment of the log: all that was stored up to a position, and nothing behind it.</summary>
/// <param name="Position">The last event that belongs to it.</param>
/// <param name="At">Its time, UTC: the one that was asked for, or the recorded time of its last event.</param>
public sealed record Moment(long Position, DateTimeOffset At);

/// <summary>Finds positions by time, and times by position, on any engine: it only reads the log.</summary>
/// <remarks>
/// No engine dates an event before the one that it follows, so times rise with positions and the log can be halved again and again: some
/// 22 reads of one event for three million, without an index of times on the log.
/// </remarks>
public sealed class Moments(IEventLog log)
{
    private const int MostKept = 1000;
    private readonly ConcurrentDictionary<DateTimeOffset, long> settled = new();

    /// <summary>Where a time stands in the log.</summary>
    /// <param name="Position">The last event that was recorded at or before it.</param>
    /// <param name="Settled">Whether something was recorded later: then nothing can come between any more.</param>
    public sealed record Place(long Position, bool Settled);

    /// <summary>The last position whose recorded time is at or before a time; null when the log begins later, or is empty.</summary>
    public async Task<Place?> Find(DateTimeOffset time, CancellationToken cancellation = default)
    {
        if (settled.TryGetValue(time, out var known))
            return new Place(known, Settled: true);
        if (await Last(e => e.RecordedAt <= time, cancellation) is not { } last)
            return null;
        if (await Next(last.Position, cancellation) is not { } next || next.RecordedAt <= time) // it was appended meanwhile
            return new Place(last.Position, Settled: false);
        Keep(time, last.Position);
        return new Place(last.Position, Settled: true);
    }

    /// <summary>The last position whose recorded time is at or before a time; 0 when there is none.</summary>
    public async Task<long> PositionAt(DateTimeOffset time, CancellationToken cancellation = default) => (await Find(time, cancellation))?.Position ?? 0;

    /// <summary>The position of the last event at or before a position, since positions have gaps; 0 when there is none.</summary>
    public async Task<long> LastPosition(long position, CancellationToken cancellation = default) => (await Last(e => e.Position <= position, cancellation))?.Position ?? 0;

    /// <summary>The recorded time of the last event at or before a position; null before the first event.</summary>
    public async Task<DateTimeOffset?> TimeOf(long position, CancellationToken cancellation = default) =>
        await Next(position - 1, cancellation) is { } there && there.Position == position ? there.RecordedAt
            : (await Last(e => e.Position <= position, cancellation))?.RecordedAt; // positions have gaps

    // The last event that is within; of two events the earlier one is, if the later one is.
    private async Task<RecordedEvent?> Last(Predicate<RecordedEvent> within, CancellationToken cancellation)
    {
        if (await Next(0, cancellation) is not { } last || !within(last))
            return null;
        for (var end = await log.Head(cancellation); last.Position < end;)
        {
            var middle = last.Position + ((end - last.Position + 1) / 2);
            if (await Next(middle - 1, cancellation) is { } next && within(next))
                last = next;
            else
                end = middle - 1;
        }
        return last;
    }

    private async Task<RecordedEvent?> Next(long after, CancellationToken cancellation) =>
        await log.ReadAll(Math.Max(0, after), 1, cancellation) is [var next] ? next : null;

    // What is asked for again and again is few; when it is not, to begin anew costs little.
    private void Keep(DateTimeOffset time, long position)
    {
        if (settled.Count >= MostKept)
            settled.Clear();
        settled[time] = position;
    }
}
