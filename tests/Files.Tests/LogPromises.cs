using Debci.Api.Files;
using Debci.Domain;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>What callers of <see cref="LogStore"/> may rely on, wherever logs grow and stay: each store shows all of it. A node is a <see cref="LogStore"/> of its own.</summary>
public abstract class LogPromises : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private readonly RunKey run = NewRun();
    private FileLayout layout = null!;
    private AsideFolder aside = null!;
    private IFileStore store = null!;

    /// <summary>The store and, for each node, what keeps logs for it.</summary>
    protected abstract Task<(IFileStore Store, Func<ILogKeeper> Node)> Open(FileLayout layout, AsideFolder aside);

    private Func<ILogKeeper> node = null!;

    public async Task InitializeAsync()
    {
        layout = new FileLayout(folder);
        aside = new AsideFolder(layout, TimeProvider.System);
        (store, node) = await Open(layout, aside);
    }

    public Task DisposeAsync()
    {
        (store as IDisposable)?.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Fact]
    public async Task What_one_node_takes_every_node_can_read_at_once()
    {
        var (one, other, log) = (Node(), Node(), LogOf(700_000));
        foreach (var to in new[] { 10, 300_000, 700_000 })
        {
            var from = (int)(await other.Size(run, 1, None)).Sent;
            Assert.Equal(new LogAppend.Taken(to), await Send(one, log, from, to));
            Assert.Equal(new LogSize(to, to, Finished: false), await other.Size(run, 1, None));
            Assert.Equal(log[..to], await other.Read(run, 1, 0, to + 10, None));
        }
    }

    [Fact]
    public async Task A_worker_that_repeats_itself_and_skips_about_on_two_nodes_leaves_an_exact_log()
    {
        var log = LogOf(2_500_000);
        LogStore[] nodes = [Node(), Node()];
        var random = new Random(5);
        for (var sent = 0L; sent < log.Length;)
        {
            var from = (int)Math.Clamp(sent + random.Next(-300_000, 80_000), 0, log.Length);
            var to = Math.Min(log.Length, from + random.Next(400_000));
            LogAppend expected = from > sent ? new LogAppend.Gap(sent) : new LogAppend.Taken(Math.Max(sent, to));
            Assert.Equal(expected, await Send(nodes[random.Next(2)], log, from, to));
            sent = from > sent ? sent : Math.Max(sent, to);
        }
        Assert.Equal(new LogSize(log.Length, log.Length, Finished: true), await nodes[1].Finish(run, 1, None));
        Assert.Equal(log, Zcat((await store.Bytes(StorePath.Of(run, 1, RunFile.Log)))!));
    }

    // A worker that got no answer from one node says it all again to another, while the first is still at it.
    [Fact]
    public async Task Two_nodes_that_take_and_finish_one_log_at_the_same_time_leave_it_whole()
    {
        var log = LogOf(3000);
        for (var attempt = 1; attempt <= 100; attempt++)
        {
            await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
            {
                var logs = Node();
                Assert.Equal(new LogAppend.Taken(log.Length), await logs.Append(run, attempt, 0, new MemoryStream(log), None));
                Assert.Equal(new LogSize(log.Length, log.Length, Finished: true), await logs.Finish(run, attempt, None));
                Assert.Equal(log, await logs.Read(run, attempt, 0, log.Length, None));
            })));
            Assert.Equal(log, Zcat((await store.Bytes(StorePath.Of(run, attempt, RunFile.Log)))!));
        }
    }

    [Fact]
    public async Task Any_range_reads_the_same_while_a_log_grows_and_when_it_is_whole()
    {
        var (logs, log) = (Node(), LogOf(2_300_000));
        await Send(logs, log, 0, log.Length);
        for (var pass = 0; pass < 2; pass++, await logs.Finish(run, 1, None))
        {
            foreach (var (from, most) in new[] { (0, 100), (1_048_570, 20), (1_000_000, 1_200_000), (2_299_999, 100), (2_300_000, 10), (2_400_000, 10) })
                Assert.Equal(log[Math.Min(from, log.Length)..Math.Min(from + most, log.Length)], await Node().Read(run, 1, from, most, None));
        }
    }

    [Fact]
    public async Task A_log_that_is_finished_takes_nothing_more_and_finishing_it_again_on_any_node_changes_nothing()
    {
        var log = LogOf(2000);
        await Send(Node(), log, 0, 1500);
        var finished = await Node().Finish(run, 1, None);
        var packed = await store.Bytes(StorePath.Of(run, 1, RunFile.Log));
        Assert.Equal(finished, await Node().Finish(run, 1, None));
        Assert.Equal(finished, await Node().Size(run, 1, None));
        Assert.Equal(new LogAppend.Taken(1500), await Send(Node(), log, 100, 1500));
        Assert.Equal(RefusalCode.Conflict, (await Assert.ThrowsAsync<RefusedException>(() => Send(Node(), log, 1000, 2000))).Refusal.Code);
        Assert.Equal(packed, await store.Bytes(StorePath.Of(run, 1, RunFile.Log)));
    }

    [Fact]
    public async Task A_log_of_which_nothing_was_sent_is_empty_and_finished_it_is_gzip_of_nothing()
    {
        Assert.Equal(default, await Node().Size(run, 1, None));
        Assert.Empty(await Node().Read(run, 1, 0, 10, None));
        Assert.Equal(new LogSize(0, 0, Finished: true), await Node().Finish(run, 1, None));
        var packed = (await store.Bytes(StorePath.Of(run, 1, RunFile.Log)))!;
        Assert.NotEmpty(packed);
        Assert.Empty(Zcat(packed));
    }

    [Fact]
    public async Task A_log_is_cut_at_its_cap_and_says_so_in_its_last_line()
    {
        var log = LogOf(5000);
        var logs = Node(cap: 1000);
        await Send(logs, log, 0, 4000);
        await Send(logs, log, 4000, 5000);
        Assert.Equal(new LogSize(5000, 1000, Finished: false), await logs.Size(run, 1, None));
        var finished = await logs.Finish(run, 1, None);
        Assert.Equal((5000, true), (finished.Sent, finished.Finished));
        var plain = Zcat((await store.Bytes(StorePath.Of(run, 1, RunFile.Log)))!);
        Assert.Equal(log[..1000], plain[..1000]);
        Assert.Equal("\n[debci] The log was cut here, after 1000 bytes; 4000 more were dropped. Make the test print less.\n", System.Text.Encoding.ASCII.GetString(plain[1000..]));
        Assert.Equal(plain, await Node().Read(run, 1, 0, 10_000, None));
    }

    [Fact]
    public async Task Who_waits_on_one_node_hears_of_growth_and_of_the_end_through_it()
    {
        var (logs, log) = (Node(), LogOf(300));
        var growth = logs.WaitForGrowth(run, 1, 0, TimeSpan.FromHours(1), None);
        await Send(logs, log, 0, 100);
        Assert.Equal(100, (await growth.WaitAsync(Patience)).Stored);
        var end = logs.WaitForGrowth(run, 1, 100, TimeSpan.FromHours(1), None);
        await logs.Finish(run, 1, None);
        Assert.True((await end.WaitAsync(Patience)).Finished);
    }

    [Fact]
    public async Task When_a_run_is_given_up_nothing_of_its_logs_stays()
    {
        var logs = Node();
        await Send(logs, LogOf(3000), 0, 3000);
        await logs.Append(run, 2, 0, new MemoryStream(LogOf(100)), None);
        await logs.Finish(run, 1, None);
        await store.DeleteFolder(StorePath.OfRun(run), None);
        await logs.Forget(run, None);
        Assert.Equal(default, await Node().Size(run, 1, None));
        Assert.Equal(default, await Node().Size(run, 2, None));
        Assert.Empty(await Node().Read(run, 2, 0, 100, None));
    }

    /// <summary>A node.</summary>
    protected LogStore Node(long cap = long.MaxValue) => new(node(), _ => cap, new LogGates(), TimeProvider.System);

    private Task<LogAppend> Send(LogStore logs, byte[] log, int from, int to) => logs.Append(run, 1, from, new MemoryStream(log, from, to - from), None);
}
