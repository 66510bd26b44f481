using CsCheck;

namespace Debci.Projections.Tests;

/// <summary>A read model that is built beside the live one has the same rows, and takes its place unnoticed.</summary>
public sealed class RebuildTests
{
    private static readonly int Often = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? 1 : 20;

    [Fact]
    public async Task Rebuilding_gives_the_rows_of_going_along_for_any_page_and_chunk_and_wherever_it_is_stopped() =>
        await Gen.Select(Histories.Any, Gen.Int[1, 9], Gen.Int[1, 30], Gen.Int[1, 12]).SampleAsync(async (history, page, chunk, deadAfter) =>
        {
            await using var side = await ReadSide.Create();
            var later = history.Count * 3 / 4;
            var revisions = new Dictionary<string, long>();
            await side.Append(history.Take(later), null, revisions);
            await side.Projector().CatchUp();

            await StopAfter(deadAfter, side, page, chunk);
            await side.Append(history.Skip(later), null, revisions); // while it is stopped
            await side.Projector().CatchUp();
            var along = await side.Everything();
            await side.Rebuild(page, chunk).Run([]);

            Assert.Equal(along, await side.Everything());
            Assert.Equal(0, await side.Count("select from read.rebuilds"));
            Assert.Equal(0, await side.Count(@"select from pg_namespace where nspname ~ '_(new|old)$'"));
            Assert.All(await side.Rebuild(page, chunk).Verify([]), c => Assert.Null(c.First));
        }, iter: 25 * Often, threads: 2);

    // Stopped as by Ctrl-C, or dead as by kill -9: nothing more is saved.
    private static async Task StopAfter(int pages, ReadSide side, int page, int chunk)
    {
        using var stop = new CancellationTokenSource();
        var log = new DyingLog(side.Log, pages, stop, isKilled: pages % 2 == 0);
        await new Rebuild(log, side.Database, side.Models) { PageSize = page, ChunkSize = chunk, SaveEvery = TimeSpan.Zero }
            .Run([], cancellation: stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
