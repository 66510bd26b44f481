using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace Debci.Projections;

/// <summary>A subscriber was too slow for the feed: it resumes from its last cursor.</summary>
public sealed class ResyncException() : Exception("You read too slowly for the live feed; subscribe again from your last cursor.");

/// <summary>
/// Changes of runs, live. Each node reads them once, when its read models have moved, and fans them out from memory.
/// A missed signal delays and never loses, since the feed reads from where it was.
/// </summary>
public sealed class RunFeed(RunChanges changes, ReadPosition position, ILogger<RunFeed> logger)
{
    /// <summary>
    /// Changes kept for one slow subscriber before it is told to resume from its cursor. Unless told otherwise more than the largest batch,
    /// so that one upload does not throw everybody off.
    /// </summary>
    public int Buffer { get; init; } = 1 << 16;

    private readonly Lock gate = new();
    private readonly HashSet<Subscriber> subscribers = [];
    private readonly TaskCompletionSource started = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long published;
    private long joinAt; // the end of the round under way: who joins in its midst reads up to there by itself

    private sealed record Subscriber(Predicate<RunChange> Wants, Channel<RunChange> Changes);

    /// <summary>Reads and fans out until cancelled.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        await position.FirstLook.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (gate)
            (published, joinAt) = (position.Current, position.Current);
        started.TrySetResult();
        while (!cancellation.IsCancellationRequested)
        {
            var next = position.NextMove; // before the look, so that no move falls between
            try
            {
                await PublishUpTo(position.Current, cancellation);
                await next.WaitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                // asked to stop
            }
            catch (Exception failure) when (failure is Npgsql.NpgsqlException or IOException or TimeoutException)
            {
                logger.LogWarning("The live feed was interrupted and goes on: {Reason}", failure.Message);
                await Task.Delay(TimeSpan.FromSeconds(1), cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>
    /// The changes behind <paramref name="after"/> (now, if null), then every change as it comes, until cancelled.
    /// None is left out; one may come twice.
    /// </summary>
    /// <exception cref="ResyncException">The reader fell too far behind.</exception>
    public async IAsyncEnumerable<RunChange> Follow(
        FeedCursor? after, Predicate<RunChange> wants, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var subscriber = new Subscriber(wants, Channel.CreateBounded<RunChange>(Buffer));
        await started.Task.WaitAsync(cancellation); // before, nobody knows where "now" is
        var live = Join(subscriber);
        try
        {
            if (after is { } seen && seen.Position < live)
            {
                await foreach (var change in changes.Read(seen, live, cancellation))
                {
                    if (wants(change))
                        yield return change;
                }
            }
            await foreach (var change in subscriber.Changes.Reader.ReadAllAsync(cancellation))
                yield return change;
        }
        finally
        {
            lock (gate)
                subscribers.Remove(subscriber);
        }
    }

    private async Task PublishUpTo(long upTo, CancellationToken cancellation)
    {
        if (upTo <= published || SkipWhileNobodyListens(upTo))
            return;
        lock (gate)
            joinAt = upTo;
        await foreach (var change in changes.Read(new FeedCursor(published), upTo, cancellation))
            Publish(change);
        lock (gate)
            published = upTo;
    }

    private bool SkipWhileNobodyListens(long upTo)
    {
        lock (gate)
        {
            if (subscribers.Count == 0)
                (published, joinAt) = (upTo, upTo);
            return subscribers.Count == 0;
        }
    }

    // Joining and publishing take one lock: who joins gets everything behind the round under way from the feed, and reads up to its
    // end by itself; what of this round is still to be published comes twice.
    private long Join(Subscriber subscriber)
    {
        lock (gate)
        {
            subscribers.Add(subscriber);
            return joinAt;
        }
    }

    private void Publish(RunChange change)
    {
        lock (gate)
        {
            foreach (var s in subscribers)
            {
                if (s.Wants(change) && !s.Changes.Writer.TryWrite(change))
                    s.Changes.Writer.TryComplete(new ResyncException());
            }
            published = Math.Max(published, change.Cursor.Position);
        }
    }
}
