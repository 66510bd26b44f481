using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class LogReadTests : IDisposable
{
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Any_range_reads_as_the_log_has_it_growing_or_finished(bool finished)
    {
        var log = LogOf(2_800_000);
        await tree.Logs().Send(log, 0, log.Length);
        if (finished)
            await tree.Logs().Finish();

        var random = new Random(7);
        int[] borders = [0, 1, (1 << 20) - 1, 1 << 20, (1 << 20) + 1, 2 << 20, log.Length - 1, log.Length];
        foreach (var from in borders.Concat(Enumerable.Range(0, 40).Select(_ => random.Next(log.Length))))
        {
            var most = random.Next(1_200_000);
            Assert.Equal(log[from..Math.Min(from + most, log.Length)], await tree.Logs().Read(from, most));
        }
        Assert.Empty(await tree.Logs().Read(log.Length + 1L, 10));
    }

    [Fact]
    public async Task A_log_of_which_nothing_was_sent_reads_as_empty() => Assert.Empty(await tree.Logs().Read(0, 10));

    [Fact]
    public async Task A_range_near_the_end_of_100_MB_touches_just_its_members()
    {
        var part = LogOf(4 << 20);
        var logs = tree.Logs();
        for (var megabytes = 0; megabytes < 100; megabytes += 4)
            await logs.Append(Hello, 1, megabytes << 20, new MemoryStream(part), CancellationToken.None);
        await logs.Finish();
        Assert.Equal(100, File.ReadAllLines(tree.LogPath("log.index")).Length - 1);

        // The range lies in the members 97 and 98: everything else of the file may be damaged without being noticed.
        DamageAllBut(first: 97, last: 98);
        var border = 98 << 20;
        var seen = await logs.Read(border - 5000, 10_000);
        Assert.Equal([.. part[((2 << 20) - 5000)..(2 << 20)], .. part[(2 << 20)..((2 << 20) + 5000)]], seen);
        Assert.Contains("is damaged", (await Assert.ThrowsAsync<Domain.RefusedException>(() => logs.Read((97 << 20) - 10, 20))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_reader_beside_the_writer_never_sees_a_wrong_or_missing_byte()
    {
        var log = LogOf(6_000_000);
        var logs = tree.Logs();
        var writing = Task.Run(() => logs.SendBadly(log, new Random(3), 200_000));
        var (random, seen) = (new Random(4), 0L);
        while (!writing.IsCompleted || seen < log.Length)
        {
            var size = (await logs.Size(Hello, 1, CancellationToken.None)).Stored;
            Assert.True(size >= seen, "a log never shrinks");
            seen = size;
            var from = (int)Math.Max(0, seen - random.Next(1, 1_500_000));
            var wanted = (int)(seen - from);
            var read = await logs.Read(from, wanted);
            Assert.True(log.AsSpan(from, wanted).SequenceEqual(read), $"{wanted} bytes from {from} on");
        }
        await writing;
    }

    private void DamageAllBut(int first, int last)
    {
        var borders = File.ReadAllLines(tree.LogPath("log.index"))[..^1].Select(line => int.Parse(line.Split(' ')[1])).Prepend(0).ToArray();
        var gzip = File.ReadAllBytes(tree.LogPath("log.gz"));
        Array.Fill(gzip, (byte)'x', 0, borders[first]);
        Array.Fill(gzip, (byte)'x', borders[last + 1], gzip.Length - borders[last + 1]);
        File.WriteAllBytes(tree.LogPath("log.gz"), gzip);
    }
}
