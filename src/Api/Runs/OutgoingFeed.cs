using Debci.Projections;

namespace Debci.Api.Runs;

/// <summary>The live feed on its way out of the system: each change that is wanted is told, one after the other, and how far that has come is kept.</summary>
internal static class OutgoingFeed
{
    private const int Remembered = 10_000;
    private static readonly TimeSpan KeepEvery = TimeSpan.FromSeconds(10);

    /// <summary>Goes on until something cannot be told. All changes are followed, so that one who wants few has a cursor that moves.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="behind">Where it begins.</param>
    /// <param name="wants">Which changes are told.</param>
    /// <param name="tell">Tells one, and keeps its cursor; false when it could not.</param>
    /// <param name="pass">Keeps the cursor of one that is not told.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task Follow(RunFeed feed, FeedCursor behind, Predicate<RunRow> wants, Func<RunChange, Task<bool>> tell, Func<FeedCursor, Task> pass, CancellationToken stop)
    {
        var (kept, told, before) = (Environment.TickCount64, new Dictionary<long, object>(), behind);
        try
        {
            await foreach (var change in feed.Follow(behind, _ => true, stop))
            {
                var isWanted = wants(change.Run);
                if (isWanted && IsNews(told, change.Run))
                {
                    if (!await tell(change))
                    {
                        await pass(before); // so that this very change is the first one the next time
                        return;
                    }
                }
                else if (isWanted || Environment.TickCount64 - kept >= KeepEvery.TotalMilliseconds)
                {
                    await pass(change.Cursor);
                    kept = Environment.TickCount64;
                }
                before = change.Cursor;
            }
        }
        catch (ResyncException)
        {
            // Things happened faster than they were told: begun again, it reads from its cursor.
        }
    }

    // The feed tells a run as it stands: what happened twice since shows the later state twice, and would be told twice.
    private static bool IsNews(Dictionary<long, object> told, RunRow run)
    {
        var now = (run.State, run.Status, run.Attempt, run.Worker, run.EndedAt);
        if (told.TryGetValue(run.Key.Id, out var before) && before.Equals(now))
            return false;
        if (told.Count >= Remembered)
            told.Clear();
        told[run.Key.Id] = now;
        return true;
    }
}
