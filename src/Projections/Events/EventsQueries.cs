using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>Questions of auditors about what is stored. Answered from the log itself; rows only tell what a viewer may see.</summary>
public sealed class EventsQueries(IEventLog log, EventVisibility visibility, RunsQueries runs, ReadPosition read)
{
    /// <summary>Most events of the log that one question looks at.</summary>
    public const int MostScanned = 5000;

    private const int Piece = 500;

    /// <summary>
    /// Events behind a position, at most <paramref name="most"/>, out of at most <see cref="MostScanned"/> that are looked at; as far as
    /// the read models have come, since they tell who may see what.
    /// </summary>
    public async Task<EventPage> List(EventFilter filter, long after, int most, Viewer viewer, CancellationToken cancellation = default)
    {
        var (found, upTo) = (new List<LogEvent>(), RowsOfRuns());
        for (var left = MostScanned; left > 0 && after < upTo && found.Count < most;)
        {
            var page = (await log.ReadAll(after, Math.Min(Piece, left), cancellation)).TakeWhile(e => e.Position <= upTo).ToList();
            var fitting = page.Select(LogEvent.Of).Where(filter.Fits).ToList();
            var seen = await visibility.Of(fitting, viewer, cancellation);
            var room = most - found.Count;
            found.AddRange(seen.Take(room));
            after = page.Count == 0 ? upTo : seen.Count > room ? found[^1].Stored.Position : page[^1].Position;
            left -= page.Count;
        }
        return new EventPage(found, after, after < upTo);
    }

    /// <summary>The events of one run that the viewer may see, its request first; those behind a position, at most <paramref name="most"/>.</summary>
    public async Task<EventPage> OfRun(long run, EventFilter filter, long after, int most, Viewer viewer, CancellationToken cancellation = default)
    {
        var stored = new List<RecordedEvent>();
        if (await runs.AskedAt(run, viewer, cancellation) is { } asked)
            stored.AddRange(await log.ReadAll(asked - 1, 1, cancellation));
        stored.AddRange(await log.ReadStream(Streams.Run(run), 0, cancellation));
        var fitting = stored.DistinctBy(e => e.Position).Where(e => e.Position > after) // an imported run's request is in its own stream
            .Select(LogEvent.Of).Where(filter.Fits).ToList();
        var seen = await visibility.Of(fitting, viewer, cancellation);
        var end = seen.Count > most ? seen[most - 1].Stored.Position : Math.Max(after, stored.Count == 0 ? 0 : stored[^1].Position);
        return new EventPage([.. seen.Take(most)], end, seen.Count > most);
    }

    // Not beyond what the rows of runs tell, also when they were stopped while others go on.
    private long RowsOfRuns() =>
        read.Stopped.FirstOrDefault(s => s.Model == RunsModel.RunsName) is { } stopped ? Math.Min(read.Current, stopped.Position - 1) : read.Current;
}
