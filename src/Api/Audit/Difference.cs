using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Audit;

/// <summary>Where events and stored leaves part first.</summary>
/// <param name="Sentence">What was done, and where.</param>
/// <param name="Number">The number (from 0) of the first event that is not what it was.</param>
public sealed record Difference(string Sentence, long Number)
{
    /// <summary>How far behind the first difference is looked for where both agree again.</summary>
    public const int Window = 1024;

    /// <summary>Finds out what was done: the least that makes both agree again behind it.</summary>
    /// <param name="number">The number from which on they differ.</param>
    /// <param name="before">The position of the last event that agrees; 0 when there is none.</param>
    /// <param name="events">The events from there on, at most <see cref="Window"/>.</param>
    /// <param name="stored">The stored leaves from there on, the same.</param>
    public static Difference Of(long number, long before, IReadOnlyList<RecordedEvent> events, ReadOnlySpan<byte> stored)
    {
        var now = CanonicalEvent.Leaves(events);
        var (there, then) = (now.Length, stored.Length / MerkleHash.Size);
        for (var n = 1; n <= Math.Max(there, then); n++)
        {
            if ((n == there && n == then && n < Window) || (n < there && n < then && Is(stored, n, now[n])))
                return new Difference($"{Count(n, "event was", "events were")} changed: {Name(events, n)}", number);
            if (there == 0 ? n == then : n < then && Is(stored, n, now[0]))
                return new Difference($"{Count(n, "event was", "events were")} removed behind position {before}{(there == 0 ? ", at the log's end" : $" and before position {events[0].Position}")}", number);
            if (then == 0 ? n == there : n < there && Is(stored, 0, now[n]))
                return new Difference($"{Count(n, "event was", "events were")} inserted: {Name(events, n)}", number);
        }
        return new Difference($"Nothing agrees any more from position {(there == 0 ? before : events[0].Position)} on: more than {Window} events were changed, removed or inserted", number);
    }

    private static bool Is(ReadOnlySpan<byte> stored, int n, byte[] leaf) => stored.Slice(n * MerkleHash.Size, MerkleHash.Size).SequenceEqual(leaf);

    private static string Count(int n, string one, string many) => $"{n}{(n == Window ? " or more" : "")} {(n == 1 ? one : many)}";

    private static string Name(IReadOnlyList<RecordedEvent> events, int n) =>
        $"at position {events[0].Position} ({events[0].Name}, revision {events[0].Revision} of {events[0].Stream}, {events[0].Id})"
        + (n == 1 ? "" : $" and so on to position {events[n - 1].Position}");
}
