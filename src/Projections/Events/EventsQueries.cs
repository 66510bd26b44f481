using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>Questions of auditors about what is stored. Answered from the log itself; rows only tell what a viewer may see.</summary>
public sealed class EventsQueries(IEventLog log, EventVisibility visibility, RunsQueries runs, DecisionsQueries decisions, Moments moments, ReadPosition read)
{
    /// <summary>Most events of the log that one question looks at.</summary>
    public const int MostScanned = 5000;

    private const int Piece = 500;
    private const int Near = 100;

    /// <summary>
    /// Events behind a position, at most <paramref name="most"/>, out of at most <see cref="MostScanned"/> that are looked at; as far as
    /// the read models have come, since they tell who may see what. A time is where one begins or ends to look, and decisions are known by
    /// their places; everything else is looked for in all events between.
    /// </summary>
    public async Task<EventPage> List(EventFilter filter, long after, int most, Viewer viewer, CancellationToken cancellation = default)
    {
        var (found, upTo) = (new List<LogEvent>(), RowsTell(filter.Decisions ? [RunsModel.RunsName, DecisionsModel.DecisionsName] : [RunsModel.RunsName]));
        if (filter.Until is { } until)
            upTo = Math.Min(upTo, await moments.PositionAt(until, cancellation));
        if (filter.From is { UtcTicks: > 0 } from)
            after = Math.Max(after, await moments.PositionAt(from.ToUniversalTime().AddTicks(-1), cancellation));
        for (var left = MostScanned; left > 0 && after < upTo && found.Count < most;)
        {
            var (page, end) = await Next(filter, after, upTo, Math.Min(Piece, left), cancellation);
            var fitting = await AskedFor(filter.Requester, [.. page.Select(LogEvent.Of).Where(filter.Fits)], cancellation);
            var seen = await visibility.Of(fitting, viewer, cancellation);
            var room = most - found.Count;
            found.AddRange(seen.Take(room));
            after = seen.Count > room ? found[^1].Stored.Position : end;
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
        // An imported run's request is in its own stream.
        var fitting = await AskedFor(filter.Requester, [.. stored.DistinctBy(e => e.Position).Where(e => e.Position > after).Select(LogEvent.Of).Where(filter.Fits).Where(e => !filter.Decisions || IsDecision(e))], cancellation);
        var seen = await visibility.Of(fitting, viewer, cancellation);
        var end = seen.Count > most ? seen[most - 1].Stored.Position : Math.Max(after, stored.Count == 0 ? 0 : stored[^1].Position);
        return new EventPage([.. seen.Take(most)], end, seen.Count > most);
    }

    // The next events to look at, and how far that is.
    private async Task<(IReadOnlyList<RecordedEvent> Page, long End)> Next(EventFilter filter, long after, long upTo, int most, CancellationToken cancellation)
    {
        if (!filter.Decisions)
        {
            var page = (await log.ReadAll(after, most, cancellation)).TakeWhile(e => e.Position <= upTo).ToList();
            return (page, page.Count == 0 ? upTo : page[^1].Position);
        }
        var places = await decisions.Positions(after, upTo, most, cancellation);
        var (events, wanted) = (new List<RecordedEvent>(), places.ToHashSet());
        foreach (var (first, last) in Stretches(places))
            events.AddRange((await log.ReadAll(first - 1, (int)(last - first + 1), cancellation)).Where(e => wanted.Contains(e.Position)));
        return (events, places.Count < most ? upTo : places[^1]);
    }

    // Places that stand near each other are read at once: what is between them costs less than another question.
    private static IEnumerable<(long First, long Last)> Stretches(IReadOnlyList<long> places)
    {
        for (var (begin, end) = (0, 0); begin < places.Count; begin = end)
        {
            for (end = begin + 1; end < places.Count && places[end] - places[end - 1] <= Near && places[end] - places[begin] < MostScanned;)
                end++;
            yield return (places[begin], places[end - 1]);
        }
    }

    // What cannot be read decides nothing.
    private static bool IsDecision(LogEvent e) => e is { Happened: not null, Command: not null } && DecisionRow.Of(e.Stored) is not null;

    // Who asked for a run is in its row, whatever the event says.
    private async Task<IReadOnlyList<LogEvent>> AskedFor(string? requester, IReadOnlyList<LogEvent> events, CancellationToken cancellation)
    {
        if (requester is null)
            return events;
        var theirs = await runs.AskedBy(requester, [.. events.Select(e => e.Run?.Id).OfType<long>().Distinct()], cancellation);
        return [.. events.Where(e => e.Requester == requester || (e.Run is { } run && theirs.Contains(run.Id)))];
    }

    // Not beyond what these rows tell, also when they were stopped while others go on.
    private long RowsTell(params string[] models) =>
        read.Stopped.Where(s => models.Contains(s.Model)).Select(s => s.Position - 1).Append(read.Current).Min();
}
