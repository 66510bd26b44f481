using Debci.Projections;

namespace Debci.Api.Runs;

/// <summary>The live feed on its way out of the system: each change that is wanted is told, one after the other, and how far that has come is kept.</summary>
/// <remarks>
/// The feed tells a run as it stands, so a change behind which another one has come shows what the other one will show. It is passed over: each state is
/// told at the change that led to it, and so once, and under the same cursor after a crash, whatever was told before it.
/// </remarks>
internal static class OutgoingFeed
{
    private const int MarkEvery = 1000; // of those that are not told, so that the cursor of who wants few moves, and what waits for him is little

    /// <summary>How <see cref="RunFeed.Follow"/> is asked.</summary>
    public delegate IAsyncEnumerable<RunChange> Feed(FeedCursor? after, Predicate<RunChange> wants, CancellationToken cancellation);

    /// <summary>Goes on until something cannot be told.</summary>
    /// <param name="feed">The feed.</param>
    /// <param name="behind">Where it begins.</param>
    /// <param name="wants">Which changes are told.</param>
    /// <param name="tell">Tells one, and keeps its cursor; false when it could not.</param>
    /// <param name="pass">Keeps the cursor of one that is not told.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task Follow(Feed feed, FeedCursor behind, Predicate<RunChange> wants, Func<RunChange, Task<bool>> tell, Func<FeedCursor, Task> pass, CancellationToken stop)
    {
        var (before, seen) = (behind, 0);
        try
        {
            await foreach (var change in feed(behind, c => IsTold(c) || Interlocked.Increment(ref seen) % MarkEvery == 0, stop))
            {
                if (!change.Cursor.IsBehind(before))
                    continue; // whoever joins the feed in the midst of a round gets some of it twice
                if (!IsTold(change))
                    await pass(change.Cursor);
                else if (!await tell(change))
                {
                    await pass(before); // so that this very change is the first one the next time
                    return;
                }
                before = change.Cursor;
            }
        }
        catch (ResyncException)
        {
            // Things happened faster than they were told: begun again, it reads from its cursor.
        }

        bool IsTold(RunChange change) => change.IsNewest && wants(change);
    }
}
