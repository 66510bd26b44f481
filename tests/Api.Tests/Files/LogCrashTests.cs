using Debci.Api.Files;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

/// <summary>What a kill between any two writes leaves on disk, made by hand; from each of them the log must come out exact.</summary>
public sealed class LogCrashTests : IDisposable
{
    private const int Member = 1 << 20;
    private static readonly byte[] Log = LogOf(2_500_000);
    private static readonly Lazy<Task<Whole>> Reference = new(MakeReference);
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    /// <summary>A state: so many bytes of log.gz, this log.index, this tail; and how much of the log that is.</summary>
    private sealed record Left(int Gzip, string Index, int TailAt, int Tail, long Sent);

    private sealed record Whole(byte[] Gzip, int[] Borders, string[] Lines);

    private static async Task<Left> LeftBy(string moment)
    {
        var (_, g, l) = await Reference.Value;
        const int rest = 2_500_000 - 2 * Member;
        return moment switch
        {
            "while the first tail is written" => new(0, "", 0, 10, 10),
            "while a tail is written" => new(g[0], l[0], Member, 900_123, Member + 900_123),
            "when a tail is full" => new(g[0], l[0], Member, Member, 2 * Member),
            "while a member is written" => new((g[0] + g[1]) / 2, l[0], Member, Member, 2 * Member),
            "when a member is written" => new(g[1], l[0], Member, Member, 2 * Member),
            "while its line is written" => new(g[1], l[0] + l[1][..10], Member, Member, 2 * Member),
            "when its line is written" => new(g[1], l[0] + l[1], Member, Member, 2 * Member),
            "when its tail is deleted" => new(g[1], l[0] + l[1], 0, 0, 2 * Member),
            "when the last member is written" => new(g[2], l[0] + l[1], 2 * Member, rest, Log.Length),
            "when the last line is written" => new(g[2], l[0] + l[1] + l[2], 2 * Member, rest, Log.Length),
            "while the end is written" => new(g[2], l[0] + l[1] + l[2] + l[3][..6], 0, 0, Log.Length),
            "when the end is written" => new(g[2], string.Concat(l), 2 * Member, rest, Log.Length),
            "by a disk that lost part of a named member" => new(g[1] - 5, l[0] + l[1], 2 * Member, 1000, Member),
            "by a disk that lost all but the index" => new(0, l[0] + l[1], 0, 0, 0),
            _ => throw new ArgumentException(moment),
        };
    }

    [Theory]
    [InlineData("while the first tail is written")]
    [InlineData("while a tail is written")]
    [InlineData("when a tail is full")]
    [InlineData("while a member is written")]
    [InlineData("when a member is written")]
    [InlineData("while its line is written")]
    [InlineData("when its line is written")]
    [InlineData("when its tail is deleted")]
    [InlineData("when the last member is written")]
    [InlineData("when the last line is written")]
    [InlineData("while the end is written")]
    [InlineData("when the end is written")]
    [InlineData("by a disk that lost part of a named member")]
    [InlineData("by a disk that lost all but the index")]
    public async Task From_what_a_kill_left_the_log_goes_on_and_comes_out_exact(string moment)
    {
        var left = await LeftBy(moment);
        await Lay(left);

        await tree.Logs().Send(Log, 0, 1); // the worker's first call mends; it brings nothing new
        Assert.Equal(Math.Max(1, left.Sent), await tree.Logs().Sent());
        Assert.Equal(Log[..(int)left.Sent], (await ReadAll())[..(int)left.Sent]);
        await tree.Logs().SendBadly(Log, new Random(moment.Length), 400_000);
        await tree.Logs().Finish();

        Assert.Equal(Log, Zcat(tree.LogPath("log.gz")));
        Assert.Equal(Log, await ReadAll());
        Assert.Equal(["log.gz", "log.index"], Directory.GetFiles(tree.Attempt).Select(Path.GetFileName).Order());
    }

    [Theory]
    [InlineData("when a tail is full")]
    [InlineData("while a member is written")]
    [InlineData("while its line is written")]
    [InlineData("when its line is written")]
    public async Task Readers_and_a_report_right_after_a_kill_see_the_log_as_it_was(string moment)
    {
        var left = await LeftBy(moment);
        await Lay(left);
        Assert.Equal(Log[..(int)left.Sent], await ReadAll());
        Assert.Equal(left.Sent, (await tree.Logs().Finish()).Sent);
        Assert.Equal(Log[..(int)left.Sent], Zcat(tree.LogPath("log.gz")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("en")]
    [InlineData("end 4000")]
    public async Task A_kill_while_the_line_about_dropped_bytes_is_added_leaves_it_there_once(string tornEnd)
    {
        await tree.Logs(cap: 1000).Send(Log, 0, 4000);
        var count = File.ReadAllBytes(tree.LogPath("log.dropped"));
        await tree.Logs(cap: 1000).Finish();
        var whole = Zcat(tree.LogPath("log.gz"));
        var index = File.ReadAllText(tree.LogPath("log.index"));

        File.WriteAllText(tree.LogPath("log.index"), index[..index.IndexOf("end", StringComparison.Ordinal)] + tornEnd);
        File.WriteAllBytes(tree.LogPath("log.dropped"), count);
        Assert.Equal(4000, await tree.Logs(cap: 1000).Sent());
        Assert.Equal(new LogAppend.Taken(5000), await tree.Logs(cap: 1000).Send(Log, 4000, 5000));
        Assert.Equal(5000, (await tree.Logs(cap: 1000).Finish()).Sent);
        Assert.Equal(whole, Zcat(tree.LogPath("log.gz")));
    }

    [Theory]
    [InlineData("\0\0\0\0\n")]
    [InlineData("1048576\n")]
    [InlineData("99999999999999999999 5\n")]
    public async Task A_line_of_the_index_that_a_disk_has_damaged_does_not_count_nor_what_is_behind_it_and_the_log_grows_whole_again(string damaged)
    {
        await tree.Logs().Send(Log, 0, Log.Length);
        var index = await File.ReadAllLinesAsync(tree.LogPath("log.index"));
        await File.WriteAllTextAsync(tree.LogPath("log.index"), $"{index[0]}\n{damaged}{string.Join('\n', index[2..])}\n");

        var sent = await tree.Logs().Sent();
        Assert.Equal(long.Parse(index[0].Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture), sent);
        await tree.Logs().Send(Log, (int)sent, Log.Length);
        await tree.Logs().Finish();

        Assert.Equal(Log, Zcat(tree.LogPath("log.gz")));
    }

    [Fact]
    public async Task Bytes_beyond_the_index_are_cut_off_even_where_nothing_is_written_over_them()
    {
        var left = await LeftBy("while a tail is written");
        await Lay(left);
        using (var gzip = new FileStream(tree.LogPath("log.gz"), FileMode.Append))
            gzip.Write(new byte[3 * Member]);
        await tree.Logs().Finish();
        Assert.Equal(Log[..(int)left.Sent], Zcat(tree.LogPath("log.gz")));
        var end = File.ReadAllLines(tree.LogPath("log.index"))[^2].Split(' ')[1];
        Assert.Equal(end, $"{new FileInfo(tree.LogPath("log.gz")).Length}");
    }

    [Fact]
    public async Task A_count_of_dropped_bytes_that_the_disk_lost_is_asked_for_again()
    {
        await tree.Logs(cap: 1000).Send(Log, 0, 4000);
        File.WriteAllBytes(tree.LogPath("log.dropped"), new byte[40]);
        Assert.Equal(new LogAppend.Gap(1000), await tree.Logs(cap: 1000).Send(Log, 4000, 5000));
        Assert.Equal(new LogAppend.Taken(5000), await tree.Logs(cap: 1000).Send(Log, 1000, 5000));
    }

    private async Task Lay(Left left)
    {
        Directory.CreateDirectory(tree.Attempt);
        File.WriteAllBytes(tree.LogPath("log.gz"), (await Reference.Value).Gzip[..left.Gzip]);
        File.WriteAllText(tree.LogPath("log.index"), left.Index);
        if (left.Tail > 0)
            File.WriteAllBytes(tree.LogPath($"log.tail.{left.TailAt}"), Log[left.TailAt..(left.TailAt + left.Tail)]);
    }

    private Task<byte[]> ReadAll() => tree.Logs().Read(0, LogStore.MostRead);

    private static async Task<Whole> MakeReference()
    {
        using var tree = new FileTree();
        await tree.Logs().Send(Log, 0, Log.Length);
        await tree.Logs().Finish();
        var lines = File.ReadAllLines(tree.LogPath("log.index"));
        return new Whole(
            File.ReadAllBytes(tree.LogPath("log.gz")),
            [.. lines[..^1].Select(line => int.Parse(line.Split(' ')[1]))],
            [.. lines.Select(line => line + "\n")]);
    }
}
