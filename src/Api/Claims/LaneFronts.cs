using System.Collections.Concurrent;

namespace Debci.Api.Claims;

/// <summary>
/// Where this node took last from each lane. What stood before that place was taken, and until the queue's front moves nothing comes there; the index
/// still holds it, though, for as long as anybody (a back-up, a rebuild) reads rows of before, and each claim would pass all of it.
/// </summary>
public sealed class LaneFronts
{
    // A lease that comes to nothing gives a run back without an event: by then it is seen again.
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Front> lanes = new(StringComparer.Ordinal);

    /// <summary>A place in a lane.</summary>
    /// <param name="Place">The place of the run that was taken there.</param>
    /// <param name="Run">That run.</param>
    /// <param name="Position">The queue's front when it was taken: with another one this says nothing.</param>
    /// <param name="Until">Until when it says something, in <see cref="Environment.TickCount64"/>'s milliseconds.</param>
    public readonly record struct Front(long Place, long Run, long Position, long Until);

    /// <summary>The beginning of a lane.</summary>
    public static Front Beginning { get; } = new(long.MinValue, 0, -1, 0);

    /// <summary>From where to look in a lane: behind this place.</summary>
    public Front Of(string lane) => lanes.TryGetValue(lane, out var front) && Environment.TickCount64 < front.Until ? front : Beginning;

    /// <summary>A run was taken. For how long its place counts, the first one says: now and then all of a lane is looked at.</summary>
    public void Took(string lane, long place, long run, long position)
    {
        var until = Of(lane) is { Place: > long.MinValue } known && known.Position == position ? known.Until : Environment.TickCount64 + (long)Longest.TotalMilliseconds;
        lanes[lane] = new Front(place, run, position, until);
    }
}
