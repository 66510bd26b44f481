using Debci.Api.Files;
using Debci.Domain;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class LogAppendTests : IDisposable
{
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Theory]
    [InlineData(1, 0, 1000)]
    [InlineData(2, 1, 1000)]
    [InlineData(3, 70_000, 3_000)]
    [InlineData(4, 1 << 20, 300_000)]
    [InlineData(5, (1 << 20) + 1, 300_000)]
    [InlineData(6, 3 << 20, 2_000_000)]
    [InlineData(7, 5_000_001, 1_500_000)]
    public async Task Whatever_the_pieces_overlaps_and_gaps_zcat_gives_the_exact_log(int seed, int length, int mostPiece)
    {
        var log = LogOf(length, seed);
        await tree.Logs().SendBadly(log, new Random(seed), mostPiece);
        var finished = await tree.Logs().Finish();

        Assert.Equal(new LogSize(length, length, Finished: true), finished);
        Assert.Equal(log, Zcat(tree.LogPath("log.gz")));
        Assert.Equal(["log.gz", "log.index"], Directory.GetFiles(tree.Attempt).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_gap_is_answered_with_the_size_and_takes_nothing()
    {
        var log = LogOf(1000);
        await tree.Logs().Send(log, 0, 400);
        Assert.Equal(new LogAppend.Gap(400), await tree.Logs().Send(log, 401, 500));
        Assert.Equal(new LogAppend.Taken(500), await tree.Logs().Send(log, 400, 500));
    }

    [Fact]
    public async Task A_gap_before_anything_was_sent_makes_no_folder()
    {
        Assert.Equal(new LogAppend.Gap(0), await tree.Logs().Send(LogOf(10), 5, 10));
        Assert.False(Directory.Exists(tree.Attempt));
    }

    [Fact]
    public async Task A_body_that_breaks_off_leaves_what_came_whole_and_the_rest_can_be_sent()
    {
        var log = LogOf(900_000);
        using var body = new BreakingStream(log, after: 700_000);
        await Assert.ThrowsAsync<IOException>(() => tree.Logs().Append(Hello, 1, 0, body, CancellationToken.None));

        var sent = (int)await tree.Logs().Sent();
        Assert.InRange(sent, 1, 700_000);
        Assert.Equal(new LogAppend.Taken(900_000), await tree.Logs().Send(log, sent, 900_000));
        await tree.Logs().Finish();
        Assert.Equal(log, Zcat(tree.LogPath("log.gz")));
    }

    [Fact]
    public async Task Callers_at_once_on_one_attempt_make_one_log_and_leave_no_gate()
    {
        var log = LogOf(3_000_000);
        var logs = tree.Logs();
        await Task.WhenAll(Enumerable.Range(1, 4).Select(seed => Task.Run(() => SendUntilThere(logs, log, new Random(seed)))));
        await logs.Finish();

        Assert.Equal(log, Zcat(tree.LogPath("log.gz")));
        Assert.Equal(0, tree.Gates.Count);
    }

    [Fact]
    public async Task A_finished_log_answers_repetitions_and_refuses_more()
    {
        var log = LogOf(2000);
        await tree.Logs().Send(log, 0, 1500);
        await tree.Logs().Finish();
        Assert.Equal(new LogAppend.Taken(1500), await tree.Logs().Send(log, 0, 1500));
        Assert.Equal(new LogAppend.Gap(1500), await tree.Logs().Send(log, 1600, 2000));
        var refused = await Assert.ThrowsAsync<RefusedException>(() => tree.Logs().Send(log, 1000, 2000));
        Assert.Equal(RefusalCode.Conflict, refused.Refusal.Code);
        Assert.Equal(1500, (await tree.Logs().Finish()).Sent);
        Assert.Equal(log[..1500], Zcat(tree.LogPath("log.gz")));
    }

    [Fact]
    public async Task An_empty_log_is_finished_as_readable_gzip()
    {
        await tree.Logs().Finish();
        Assert.NotEmpty(File.ReadAllBytes(tree.LogPath("log.gz")));
        Assert.Empty(Zcat(tree.LogPath("log.gz")));
        Assert.Empty(await tree.Logs().Read(0, 100));
    }

    [Fact]
    public async Task A_negative_offset_is_refused()
    {
        var refused = await Assert.ThrowsAsync<RefusedException>(
            () => tree.Logs().Append(Hello, 1, -1, Stream.Null, CancellationToken.None));
        Assert.Equal(RefusalCode.Invalid, refused.Refusal.Code);
    }

    private static async Task SendUntilThere(LogStore logs, byte[] log, Random random)
    {
        for (var sent = await logs.Sent(); sent < log.Length;)
        {
            var to = (int)Math.Min(log.Length, sent + random.Next(1, 400_000));
            sent = Assert.IsType<LogAppend.Taken>(await logs.Send(log, (int)Math.Max(0, sent - 1000), to)).Size;
        }
    }

    private sealed class BreakingStream(byte[] bytes, int after) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => Position >= after
            ? throw new IOException("The connection was reset.")
            : base.ReadAsync(buffer[..(int)Math.Min(buffer.Length, after - Position)], cancellationToken);
    }
}
