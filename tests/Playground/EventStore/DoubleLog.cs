using System.Collections.Concurrent;

namespace Debci.Playground.EventStore;

/// <summary>An event as the double holds it.</summary>
internal sealed record Stored(long Position, Guid Id, string Stream, long Revision, string Type, long CreatedTicks, byte[] Headers, byte[] Data);

/// <summary>What came of an append.</summary>
/// <param name="Last">The revision of the last of the events, also where they were stored before; of a conflict, where the stream ends: -1 where there is none.</param>
/// <param name="Position">The position of that event; null for a conflict.</param>
internal sealed record Outcome(long Last, long? Position);

/// <summary>What the nodes of the double have in common: one log, with the events of a server's own between ours.</summary>
internal sealed class DoubleLog
{
    private const int RecordBytes = 97; // positions are bytes of a file: what is around an event takes some too
    private const int OwnEventsEvery = 7;
    private const int PieceSize = 256;

    private readonly Lock gate = new();
    private readonly List<Stored> all = [];
    private readonly Dictionary<string, List<Stored>> streams = new(StringComparer.Ordinal);
    private TaskCompletionSource more = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long end = 1024;

    public DoubleLog()
    {
        lock (gate)
            StoreOwn();
    }

    /// <summary>What a client did that a server refuses, or that the protocol does not allow.</summary>
    public ConcurrentQueue<string> Mistakes { get; } = new();

    /// <summary>How far the clock of the node that stores is from the true one.</summary>
    public TimeSpan ClockOffset { get; set; }

    /// <summary>Whether events were taken back.</summary>
    public bool WasCut { get; private set; }

    /// <summary>Where the next event will begin.</summary>
    public long End
    {
        get
        {
            lock (gate)
                return end;
        }
    }

    /// <summary>How many events there are.</summary>
    public int Count
    {
        get
        {
            lock (gate)
                return all.Count;
        }
    }

    /// <summary>Appends at a revision (-1 for no stream); by the rules of a server, the same events again are no conflict.</summary>
    public Outcome Append(string stream, long expected, IReadOnlyList<(Guid Id, string Type, byte[] Headers, byte[] Data)> events)
    {
        lock (gate)
        {
            var there = streams.GetValueOrDefault(stream) ?? [];
            if (there.Count - 1 != expected)
            {
                var same = there.Skip((int)expected + 1).Take(events.Count).ToList();
                return same.Select(e => e.Id).SequenceEqual(events.Select(e => e.Id)) ? new Outcome(same[^1].Revision, same[^1].Position) : new Outcome(there.Count - 1, null);
            }
            foreach (var (id, type, headers, data) in events)
                Store(stream, id, type, headers, data);
            if (all.Count % OwnEventsEvery == 0)
                StoreOwn();
            var (waiting, position) = (more, streams[stream][^1].Position);
            more = new(TaskCreationOptions.RunContinuationsAsynchronously);
            waiting.SetResult();
            return new Outcome(streams[stream].Count - 1, position);
        }
    }

    /// <summary>A stream behind a revision; null where there is none.</summary>
    public IReadOnlyList<Stored>? Stream(string stream, long from, int most)
    {
        lock (gate)
            return streams.TryGetValue(stream, out var there) ? [.. there.Skip((int)from).Take(most)] : null;
    }

    /// <summary>Where a stream that there is ends.</summary>
    public long LastRevision(string stream)
    {
        lock (gate)
            return streams[stream].Count - 1;
    }

    /// <summary>The index of the event at a position; -1 where no event begins.</summary>
    public int IndexOf(long position)
    {
        lock (gate)
            return Search(position);
    }

    /// <summary>Events of the whole log from an index on, as far as it went when they are asked for; a piece at a time, as most want few.</summary>
    public IEnumerable<Stored> Forwards(int from, int until)
    {
        for (var piece = Piece(from, until); piece.Count > 0; piece = Piece(from += piece.Count, until))
            foreach (var e in piece)
                yield return e;
    }

    /// <summary>Events before an index, the last one first.</summary>
    public IEnumerable<Stored> Backwards(int before)
    {
        for (var end = before; end > 0; end = Math.Max(0, end - PieceSize))
            foreach (var e in Enumerable.Reverse(Piece(Math.Max(0, end - PieceSize), end)))
                yield return e;
    }

    private List<Stored> Piece(int from, int until)
    {
        lock (gate)
            return all.GetRange(Math.Min(from, all.Count), Math.Clamp(Math.Min(until, all.Count) - from, 0, PieceSize));
    }

    private int Search(long position)
    {
        var (low, high) = (0, all.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (all[middle].Position == position)
                return middle;
            (low, high) = all[middle].Position < position ? (middle + 1, high) : (low, middle - 1);
        }
        return -1;
    }

    /// <summary>Takes back what was appended behind so many events, as a restored backup does.</summary>
    public void CutTo(int count)
    {
        lock (gate)
        {
            foreach (var e in all.Skip(count))
                streams[e.Stream].Remove(e);
            foreach (var empty in streams.Where(s => s.Value.Count == 0).Select(s => s.Key).ToList())
                streams.Remove(empty);
            all.RemoveRange(count, all.Count - count);
            WasCut = true;
            end = all[^1].Position + RecordBytes + 1;
        }
    }

    /// <summary>Ends when there are more events than so many.</summary>
    public Task MoreThan(int count)
    {
        lock (gate)
            return all.Count > count ? Task.CompletedTask : more.Task;
    }

    private void StoreOwn() => Store("$stats-127.0.0.1:2113", Guid.NewGuid(), "$statsCollected", [], "{}"u8.ToArray());

    private void Store(string stream, Guid id, string type, byte[] headers, byte[] data)
    {
        if (!streams.TryGetValue(stream, out var there))
            streams[stream] = there = [];
        var stored = new Stored(end, id, stream, there.Count, type, (DateTime.UtcNow + ClockOffset - DateTime.UnixEpoch).Ticks, headers, data);
        end += RecordBytes + headers.Length + data.Length;
        there.Add(stored);
        all.Add(stored);
    }
}
