using System.Collections.Concurrent;
using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;

namespace Debci.EventLog.EventStore;

/// <summary>
/// Reads the whole log in pages: from any number, which need not be an event's, and with each event dated never before the one that it follows.
/// Both need a place to begin at; pages end in one, and marks are kept on the way.
/// </summary>
internal sealed class Pages(Cluster cluster, Marks marks, Namings namings)
{
    private const int MostEnds = 256;

    private readonly ConcurrentDictionary<long, Place> ends = new(); // where readers of this process go on
    private readonly Lock gate = new();
    private Place front = Place.Beginning; // the farthest place that was read
    private IReadOnlyList<(long Behind, long UpTo)>? uneven; // up to the front's mark; null when that is not known

    /// <summary>The next events behind a number.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> Read(long position, int most, CancellationToken cancellation)
    {
        var events = new List<RecordedEvent>();
        if (most > 0)
            await Walk(position, most, events.Add, cancellation);
        return events;
    }

    /// <summary>Dates events of one stream as pages do: they are alike in both.</summary>
    public async Task<IReadOnlyList<RecordedEvent>> Date(IReadOnlyList<RecordedEvent> events, CancellationToken cancellation)
    {
        if (events.Count == 0)
            return events;
        var (reached, spans) = await Reach(events[^1].Position, cancellation);
        bool IsUneven(long position) => position > reached.Mark ? reached.Uneven : spans.Any(s => position > s.Behind && position <= s.UpTo);
        var dated = new List<RecordedEvent>(events.Count);
        foreach (var e in events)
            dated.Add(IsUneven(e.Position) && await Read(e.Position - 1, 1, cancellation) is [var same] && same.Position == e.Position ? e with { RecordedAt = same.RecordedAt } : e);
        return dated;
    }

    /// <summary>The end of the log, as pages have it; 0 where nothing is.</summary>
    public async Task<long> Head(CancellationToken cancellation)
    {
        var naming = await namings.Get(cancellation);
        return await cluster.Ask(Last, endsByItself: false, cancellation) is { } last ? naming.Event(last).Position : 0;
    }

    /// <summary>The last event of the log; null where nothing is.</summary>
    public static async Task<ReadResp.Types.Recorded?> Last(Streams.StreamsClient client, CallOptions options)
    {
        using var call = client.Read(Wire.Read(new() { All = new() { End = new() }, ReadDirection = ReadReq.Types.ReadDirection.Backwards, Count = 1, Filter = Wire.Filter() }), options);
        await foreach (var response in call.ResponseStream.ReadAllAsync(options.CancellationToken))
            if (response.Event?.Event is { } last)
                return last;
        return null;
    }

    // The front, at or behind a position, and what is known up to it.
    private async Task<(Place Front, IReadOnlyList<(long Behind, long UpTo)> Uneven)> Reach(long position, CancellationToken cancellation)
    {
        if (FrontPosition() < position)
            await Walk(position - 1, 1, _ => { }, cancellation);
        while (true)
        {
            Place reached;
            lock (gate)
            {
                if (uneven is { } known)
                    return (front, known);
                reached = front;
            }
            var spans = await marks.Uneven(cancellation);
            lock (gate)
                if (front.Mark == reached.Mark)
                    uneven = spans;
        }
    }

    private long FrontPosition()
    {
        lock (gate)
            return front.Position;
    }

    private async Task Walk(long position, int most, Action<RecordedEvent> found, CancellationToken cancellation)
    {
        var naming = await namings.Get(cancellation);
        for (var below = position; ;)
        {
            var start = await StartOf(below, cancellation);
            var walk = await cluster.Ask((client, options) => Walk(client, options, naming, start, position, most), endsByItself: false, cancellation);
            if (walk is not null)
            {
                await marks.Keep(walk.Marks, cancellation);
                Remember(start, walk);
                walk.Events.ForEach(found);
                return;
            }
            await Forget(start, cancellation); // there is no such event (any more)
            below = start.Position - 1;
        }
    }

    private sealed record Walked(List<RecordedEvent> Events, List<Place> Marks, Place End);

    // Null where the place is none: another event comes first, none does, or the server finds no event's beginning there. For the latter it has no
    // word of its own, so it is asked for something else: who answers that is well.
    private static async Task<Walked?> Walk(Streams.StreamsClient client, CallOptions options, Naming naming, Place start, long position, int most)
    {
        try
        {
            return await WalkFrom(client, options, naming, start, position, most);
        }
        catch (RpcException failure) when (start != Place.Beginning && failure.StatusCode is StatusCode.Unknown or StatusCode.InvalidArgument or StatusCode.OutOfRange)
        {
            await Last(client, options);
            return null;
        }
    }

    private static async Task<Walked?> WalkFrom(Streams.StreamsClient client, CallOptions options, Naming naming, Place start, long position, int most)
    {
        var walked = new Walked([], [], start);
        var isFirst = start != Place.Beginning; // it begins with the event of the place itself
        using var call = client.Read(Wire.Read(Ask(start, position == start.Position ? (ulong)most + 1 : long.MaxValue)), options);
        await foreach (var response in call.ResponseStream.ReadAllAsync(options.CancellationToken))
        {
            if (response.Event?.Event is not { } stored)
                continue;
            var e = naming.Event(stored);
            if (isFirst && ((long)stored.CommitPosition != start.Commit || e.Position != start.Position))
                return null;
            if (!isFirst)
                Step(walked = walked with { End = walked.End.Next(e.Position, (long)stored.CommitPosition, e.RecordedAt) }, e, position);
            isFirst = false;
            if (walked.Events.Count == most)
                break;
        }
        return isFirst ? null : walked;
    }

    private static void Step(Walked walked, RecordedEvent e, long position)
    {
        if (walked.End.IsMark)
            walked.Marks.Add(walked.End);
        if (walked.End.Position > position)
            walked.Events.Add(e.RecordedAt == walked.End.Latest ? e : e with { RecordedAt = walked.End.Latest });
    }

    private static ReadReq.Types.Options Ask(Place start, ulong count) => new()
    {
        All = start == Place.Beginning ? new() { Start = new() } : new() { Position = new() { CommitPosition = (ulong)start.Commit, PreparePosition = (ulong)start.Commit } },
        Count = count,
        Filter = Wire.Filter(),
    };

    private async Task<Place> StartOf(long position, CancellationToken cancellation)
    {
        if (position <= 0)
            return Place.Beginning;
        if (ends.TryGetValue(position, out var end))
            return end;
        var mark = await marks.Before(position, cancellation);
        lock (gate)
            return front.Position <= position && front.Position >= mark.Position ? front : mark;
    }

    private void Remember(Place start, Walked walked)
    {
        if (ends.Count >= MostEnds)
            ends.Clear();
        if (walked.End.Position > 0)
            ends[walked.End.Position] = walked.End;
        lock (gate)
        {
            if (walked.End.Position <= front.Position)
                return;
            if (start.Position > front.Position || walked.Marks.Exists(m => m.Uneven)) // there are marks in between that are not known here
                uneven = null;
            front = walked.End;
        }
    }

    private async Task Forget(Place place, CancellationToken cancellation)
    {
        ends.Clear();
        lock (gate)
            (front, uneven) = (Place.Beginning, null);
        await marks.ForgetFrom(place.Position, cancellation);
    }
}
