using System.Text;
using Debci.Api.Files;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class LogCapTests : IDisposable
{
    private const int Cap = 1_500_000;
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Bytes_beyond_the_cap_are_counted_and_dropped_and_the_log_says_so_at_its_end(int seed)
    {
        var log = LogOf(2_600_000, seed);
        await tree.Logs(Cap).SendBadly(log, new Random(seed), 300_000);
        Assert.Equal(new LogSize(log.Length, Cap, Finished: false), await tree.Logs(Cap).Size(Hello, 1, CancellationToken.None));

        var finished = await tree.Logs(Cap).Finish();
        var plain = Zcat(tree.LogPath("log.gz"));
        Assert.Equal(new LogSize(log.Length, plain.Length, Finished: true), finished);
        Assert.Equal(log[..Cap], plain[..Cap]);
        Assert.Equal(
            "\n[debci] The log was cut here, after 1500000 bytes; 1100000 more were dropped. Make the test print less.\n",
            Encoding.ASCII.GetString(plain[Cap..]));
        Assert.Equal(plain[Cap..], await tree.Logs(Cap).Read(Cap, 1000));
    }

    [Fact]
    public async Task A_log_of_just_the_cap_is_whole()
    {
        var log = LogOf(Cap);
        await tree.Logs(Cap).Send(log, 0, Cap);
        await tree.Logs(Cap).Finish();
        Assert.Equal(log, Zcat(tree.LogPath("log.gz")));
    }

    [Fact]
    public async Task A_cap_raised_after_the_cut_leaves_no_hole_in_the_log()
    {
        var log = LogOf(5000);
        await tree.Logs(cap: 1000).Send(log, 0, 2000);
        Assert.Equal(new LogAppend.Taken(5000), await tree.Logs(cap: 10_000).Send(log, 2000, 5000));
        Assert.Equal(log[..1000], await tree.Logs().Read(0, 5000));
    }
}
