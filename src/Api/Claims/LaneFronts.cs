using System.Collections.Concurrent;

namespace Debci.Api.Claims;

/// <summary>
/// Where this node took last from each lane. What stood before that place was taken, and until the queue's front moves nothing comes there; the index
/// still holds it, though, for as long as anybody (a back-up, a rebuild) reads rows of before, and each claim would pass all of it.
/// </summary>
/// <param name="clock">Says when a place has counted for long enough.</param>
public sealed class LaneFronts(TimeProvider clock)
{
    /// <summary>
    /// How long a place counts: then all of the lane is looked at. A lease that comes to nothing gives its run back without an event, and that of an attempt that failed
    /// ends a moment behind its event; by then they are seen again.
    /// </summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Front> lanes = new(StringComparer.Ordinal);

    /// <summary>A place in a lane.</summary>
    /// <param name="Place">The place of the run that was taken there.</param>
    /// <param name="Run">That run.</param>
    /// <param name="Position">The queue's front when it was taken: with another one this says nothing.</param>
    /// <param name="Since">When all of the lane was looked at, in the clock's ticks.</param>
    public readonly record struct Front(long Place, long Run, long Position, long Since);

    /// <summary>The beginning of a lane.</summary>
    public static Front Beginning { get; } = new(long.MinValue, 0, -1, 0);

    /// <summary>From where to look in a lane: behind this place.</summary>
    public Front Of(string lane) => lanes.TryGetValue(lane, out var front) && clock.GetElapsedTime(front.Since) < Longest ? front : Beginning;

    /// <summary>A run was taken.</summary>
    /// <param name="from">From where that look began.</param>
    /// <param name="lane">The run's lane.</param>
    /// <param name="place">Its place.</param>
    /// <param name="run">Its number.</param>
    /// <param name="position">The queue's front as the look found it.</param>
    public void Took(Front from, string lane, long place, long run, long position) =>
        lanes[lane] = new Front(place, run, position, from != Beginning && from.Position == position ? from.Since : clock.GetTimestamp());
}
