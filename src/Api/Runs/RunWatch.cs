using Debci.Projections;

namespace Debci.Api.Runs;

/// <summary>What becomes of one run, by the live feed: nobody has to ask again and again.</summary>
internal sealed class RunWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource end;
    private readonly IAsyncEnumerator<RunChange> changes;
    private Task<bool> next;

    private RunWatch(RunFeed feed, FeedCursor from, long run, CancellationToken stop)
    {
        end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        changes = feed.Follow(from, change => change.Run.Key.Id == run, end.Token).GetAsyncEnumerator(end.Token);
        next = changes.MoveNextAsync().AsTask();
    }

    /// <summary>Watches from now on: no change that comes after a later look at the run's row is missed.</summary>
    public static async Task<RunWatch> Begin(RunFeed feed, ReadPosition position, long run, CancellationToken stop)
    {
        await position.FirstLook.WaitAsync(stop);
        return new RunWatch(feed, new FeedCursor(position.Current), run, stop);
    }

    /// <summary>Ends when there is a change, or with the feed's own end.</summary>
    public Task Changed => next;

    /// <summary>The run after the changes that came; null when none did.</summary>
    public async Task<RunRow?> Take()
    {
        RunRow? run = null;
        while (next.IsCompleted)
        {
            if (!await next)
                throw new ResyncException(); // the feed has ended
            run = changes.Current.Run;
            next = changes.MoveNextAsync().AsTask();
        }
        return run;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await end.CancelAsync();
        await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await changes.DisposeAsync();
        end.Dispose();
    }
}
