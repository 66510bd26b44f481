using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>A run that something happened to.</summary>
/// <param name="Cursor">Where to resume.</param>
/// <param name="Run">The run as it stands now.</param>
/// <param name="IsNewest">Whether it is the last thing that changed the run's state, by now. If not, one that comes later shows the same.</param>
/// <param name="IsPublication">Whether all that happened is that others may see it too.</param>
public sealed record RunChange(FeedCursor Cursor, RunRow Run, bool IsNewest, bool IsPublication = false);

/// <summary>A place in the feed of changes. One event can change many runs (a batch that is accepted), so a position alone is too coarse.</summary>
/// <param name="Position">Everything up to this position of the log was seen.</param>
/// <param name="Within">And so many changes of the event behind it.</param>
public readonly record struct FeedCursor(long Position, int Within = 0)
{
    /// <summary>Whether more was seen here than there.</summary>
    public bool IsBehind(FeedCursor other) => (Position, Within).CompareTo((other.Position, other.Within)) > 0;
}

/// <summary>
/// What happened to runs between two positions, each with the run's present state: the log says which runs, the rows say the rest.
/// So there is no table of changes to keep, and any cursor holds for ever.
/// </summary>
public sealed class RunChanges(IEventLog log, RunsQueries runs)
{
    private const int PageSize = 500;
    private static readonly Viewer Everything = new(null, SeesAll: true);

    /// <summary>
    /// The changes behind <paramref name="after"/> up to <paramref name="upTo"/>, which the read models must have passed, in the log's order.
    /// A run of several events may come several times.
    /// </summary>
    public async IAsyncEnumerable<RunChange> Read(
        FeedCursor after, long upTo, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation = default)
    {
        while (after.Position < upTo)
        {
            var page = await log.ReadAll(after.Position, PageSize, cancellation);
            if (page.Count == 0)
                yield break;
            await foreach (var change in Of([.. page.Where(e => e.Position <= upTo)], after, cancellation))
                yield return change;
            after = new FeedCursor(page[^1].Position);
        }
    }

    // A run that an event at a position touched.
    private readonly record struct Touch(FeedCursor Cursor, long Run, long At, bool IsPublication);

    private async IAsyncEnumerable<RunChange> Of(
        IReadOnlyList<RecordedEvent> page, FeedCursor after,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        var touched = new List<Touch>();
        foreach (var e in page)
        {
            if (e.Is<BatchEvent.Accepted>())
                await AddBatch(touched, e, after, cancellation);
            else if (RunOf(e) is { } run)
                touched.Add(new Touch(new FeedCursor(e.Position), run, e.Position, e.Is<RunEvent.Published>()));
            after = new FeedCursor(e.Position);
        }
        foreach (var chunk in touched.Chunk(PageSize))
        {
            var rows = (await runs.FindMany([.. chunk.Select(t => t.Run).Distinct()], Everything, cancellation)).ToDictionary(r => r.Key.Id);
            foreach (var touch in chunk)
            {
                if (rows.TryGetValue(touch.Run, out var row))
                    yield return new RunChange(touch.Cursor, row, row.Position <= touch.At, touch.IsPublication);
            }
        }
    }

    // A batch's runs begin to count at its end, in the order of its requests, which never changes: so a place among them is a cursor.
    private async Task AddBatch(List<Touch> touched, RecordedEvent accepted, FeedCursor after, CancellationToken cancellation)
    {
        var requests = Batch.Counting(await log.ReadStream(accepted.Stream, 0, cancellation), Decode).Select(Decode).OfType<BatchEvent.Requested>().ToList();
        for (var i = after.Within; i < requests.Count; i++)
            touched.Add(new Touch(i == requests.Count - 1 ? new FeedCursor(accepted.Position) : after with { Within = i + 1 }, requests[i].Run.Id, accepted.Position, false));
    }

    private static long? RunOf(RecordedEvent e)
    {
        if (!e.Name.StartsWith("run.", StringComparison.Ordinal))
            return null;
        // Requested: counts from its batch's end.
        // FilesExpired: nothing of what came of the run is another, and who follows outcomes must not hear of it again.
        return Decode(e) is RunEvent and not RunEvent.FilesExpired and var happened ? LogEvent.KeyOf(happened)?.Id : null;
    }

    // Of a damaged event the read models say that they stopped before it; the feed goes on.
    private static object? Decode(RecordedEvent e)
    {
        try
        {
            return e.Decode();
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
