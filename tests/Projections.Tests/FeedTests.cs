using Debci.Domain;
using Microsoft.Extensions.Logging.Abstractions;

namespace Debci.Projections.Tests;

public sealed class FeedTests
{
    [Fact]
    public async Task Who_reads_too_slowly_is_told_to_resync_and_misses_nothing_behind_the_last_cursor()
    {
        await using var side = await ReadSide.Create();
        await using var live = new LiveSide(side, buffer: 3);
        await using var slow = live.Feed.Follow(new FeedCursor(0), _ => true, default).GetAsyncEnumerator();
        await Ask(side, 1);
        Assert.True(await slow.MoveNextAsync());
        await using var quick = live.Feed.Follow(new FeedCursor(0), _ => true, default).GetAsyncEnumerator();

        for (var run = 2; run <= 7; run++)
        {
            await Ask(side, run);
            while (quick.Current?.Run.Key.Id != run) // it has been told, so the slow one was
                await quick.MoveNextAsync();
        }

        var seen = new List<RunChange> { slow.Current };
        await Assert.ThrowsAsync<ResyncException>(async () =>
        {
            while (await slow.MoveNextAsync())
                seen.Add(slow.Current);
        });
        await using var again = live.Feed.Follow(seen[^1].Cursor, _ => true, default).GetAsyncEnumerator();
        while (seen[^1].Run.Key.Id != 7)
        {
            await again.MoveNextAsync();
            seen.Add(again.Current);
        }
        Assert.Equal([1L, 2, 3, 4, 5, 6, 7], seen.Select(c => c.Run.Key.Id));
    }

    [Fact]
    public async Task A_cursor_in_the_midst_of_a_batch_resumes_there()
    {
        await using var side = await ReadSide.Create();
        await using var live = new LiveSide(side, buffer: 100);
        await Ask(side, 900);
        await Ask(side, [.. Twenty]);

        var cursor = new FeedCursor(0);
        var seen = new List<long>();
        while (seen.Count < 21) // one change for each connection
        {
            await using var cut = live.Feed.Follow(cursor, _ => true, default).GetAsyncEnumerator();
            await cut.MoveNextAsync();
            cursor = cut.Current.Cursor;
            seen.Add(cut.Current.Run.Key.Id);
        }

        Assert.Equal([900, .. Twenty], seen);
        Assert.Equal(new FeedCursor(await side.Log.Head()), cursor);
    }

    private static IEnumerable<long> Twenty => Enumerable.Range(1, 20).Select(i => (long)i);

    // One batch of these runs.
    private static Task Ask(ReadSide side, params long[] runs)
    {
        var id = Uuid5.Create(Guid.Empty, $"{runs[0]}");
        var items = runs.Select(run => new TestRequest($"p{run}", "testing", "amd64", [], [], [], null, 5, false)).ToList();
        var batch = Batch.Decide(new RequestBatch(id, "alice", items, [.. runs.Select(r => new ItemAnswer.New(r, []))]), Batch.Unknown);
        return side.Append(batch.Select(e => (Streams.Batch(id), (object)e)));
    }

    /// <summary>The projector, the position and the feed, running.</summary>
    private sealed class LiveSide : IAsyncDisposable
    {
        private readonly CancellationTokenSource stop = new();
        private readonly Task running;

        public LiveSide(ReadSide side, int buffer)
        {
            var position = new ReadPosition(side.Database, side.Models, NullLogger<ReadPosition>.Instance);
            Feed = new RunFeed(new RunChanges(side.Log, new RunsQueries(side.Database)), position, NullLogger<RunFeed>.Instance) { Buffer = buffer };
            running = Task.WhenAll(side.Projector().Run(stop.Token), position.Run(stop.Token), Feed.Run(stop.Token));
        }

        public RunFeed Feed { get; }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await running;
            stop.Dispose();
        }
    }
}
