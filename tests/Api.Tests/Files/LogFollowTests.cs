using Debci.Api.Files;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class LogFollowTests : IDisposable
{
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public async Task Followers_see_everything_while_two_workers_write_and_leave_no_gate()
    {
        var log = LogOf(3_000_000);
        var logs = tree.Logs();
        var followers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => Follow(logs))).ToList();
        await Task.WhenAll(Task.Run(() => WriteInPieces(logs, log, 90_000)), Task.Run(() => WriteInPieces(logs, log, 130_000)));
        await logs.Finish();

        Assert.All(await Task.WhenAll(followers).WaitAsync(Patience), seen => Assert.True(log.AsSpan().SequenceEqual(seen)));
        Assert.Equal(0, tree.Gates.Count);
    }

    [Fact]
    public async Task Waiting_ends_with_the_growth_and_not_before()
    {
        var log = LogOf(300);
        var logs = tree.Logs();
        await logs.Send(log, 0, 100);
        var waiting = logs.WaitForGrowth(Hello, 1, stored: 100, Forever, CancellationToken.None);
        await logs.Send(log, 0, 100);
        Assert.False(waiting.IsCompleted);
        await logs.Send(log, 100, 250);
        Assert.Equal(new LogSize(250, 250, Finished: false), await waiting.WaitAsync(Patience));
    }

    [Fact]
    public async Task Waiting_ends_with_the_log()
    {
        var waiting = tree.Logs().WaitForGrowth(Hello, 1, stored: 0, Forever, CancellationToken.None);
        await tree.Logs().Finish();
        Assert.True((await waiting.WaitAsync(Patience)).Finished);
    }

    [Fact]
    public async Task Waiting_is_bounded_and_tells_the_size_when_nothing_came()
    {
        await tree.Logs().Send(LogOf(10), 0, 10);
        Assert.Equal(10, (await tree.Logs().WaitForGrowth(Hello, 1, 10, TimeSpan.FromMilliseconds(1), CancellationToken.None)).Stored);
        Assert.Equal(0, tree.Gates.Count);
    }

    [Fact]
    public async Task Who_gives_up_waiting_leaves_no_gate()
    {
        using var stop = new CancellationTokenSource();
        var waiting = tree.Logs().WaitForGrowth(Hello, 1, 0, Forever, stop.Token);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        Assert.Equal(0, tree.Gates.Count);
    }

    private static async Task<byte[]> Follow(LogStore logs)
    {
        using var seen = new MemoryStream();
        while (true)
        {
            var size = await logs.WaitForGrowth(Hello, 1, seen.Length, Forever, CancellationToken.None);
            while (seen.Length < size.Stored)
                seen.Write(await logs.Read(seen.Length, 100_000));
            if (size.Finished)
                return seen.ToArray();
        }
    }

    private static async Task WriteInPieces(LogStore logs, byte[] log, int piece)
    {
        for (var from = 0; from < log.Length; from += piece)
            Assert.IsType<LogAppend.Taken>(await logs.Send(log, from, Math.Min(log.Length, from + piece)));
    }
}
