using Debci.Api.Cli;
using Debci.Api.Files;
using Debci.Api.Files.Buffer;
using Debci.Api.Files.Swift;
using Debci.Domain;
using Debci.Playground;
using Npgsql;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>What a crash, or a worker that fell silent, leaves of a log between the database and the store.</summary>
public sealed class LogBufferTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private readonly RunKey run = NewRun();
    private readonly byte[] log = LogOf(1_300_000);
    private NpgsqlDataSource database = null!;
    private SwiftStore swift = null!;
    private AsideFolder aside = null!;

    public async Task InitializeAsync()
    {
        database = NpgsqlDataSource.Create(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c)));
        swift = new SwiftStore((await SwiftCluster.Shared).Settings(), TimeProvider.System);
        aside = new AsideFolder(new FileLayout(folder), TimeProvider.System);
    }

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        swift.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData("log.gz", false)]
    [InlineData("log.gz", true)]
    [InlineData("log.index", false)]
    [InlineData("log.index", true)]
    public async Task From_whatever_a_crash_left_the_log_can_be_read_goes_on_and_comes_out_exact(string file, bool behind)
    {
        await Send(Node(), 0, 1_100_000);
        var dies = new LogBuffer(new BufferedLogs(database), new Dies(swift, file, behind), aside);
        await Assert.ThrowsAsync<FileStoreAwayException>(() => dies.Finish(run, 1, None));

        Assert.Equal(log[1_000_000..1_100_000], await Node().Read(run, 1, 1_000_000, 500_000, None));
        await Send(Node(), 1_100_000, log.Length);
        Assert.Equal(new LogSize(log.Length, log.Length, Finished: true), await Node().Finish(run, 1, None));
        Assert.Equal(log, Zcat((await swift.Bytes(StorePath.Of(run, 1, RunFile.Log)))!));
        Assert.Equal(log[1_000_000..], await Node().Read(run, 1, 1_000_000, 500_000, None));
        Assert.Equal(0L, await Count("work.log_parts"));
    }

    [Fact]
    public async Task A_piece_that_another_node_takes_while_a_log_is_made_whole_is_in_it()
    {
        await Send(Node(), 0, 1000);
        var disturbed = new LogBuffer(new BufferedLogs(database), new Meanwhile(swift, () => Send(Node(), 1000, 1500)), aside);
        Assert.Equal(new LogSize(1500, 1500, Finished: true), await disturbed.Finish(run, 1, None));
        Assert.Equal(log[..1500], Zcat((await swift.Bytes(StorePath.Of(run, 1, RunFile.Log)))!));
        Assert.Equal(log[..1500], await Node().Read(run, 1, 0, 5000, None));
    }

    [Fact]
    public async Task Two_nodes_that_make_a_log_whole_at_once_come_to_the_same_and_leave_it_whole()
    {
        await Send(Node(), 0, log.Length);
        Task<LogSize>? other = null;
        var first = new LogBuffer(new BufferedLogs(database), new Meanwhile(swift, () => { other = Node().Finish(run, 1, None); return Task.WhenAny(other, Waits()); }), aside);

        var whole = new LogSize(log.Length, log.Length, Finished: true);
        Assert.Equal(whole, await first.Finish(run, 1, None));
        Assert.Equal(whole, await other!);
        Assert.Equal(log, Zcat((await swift.Bytes(StorePath.Of(run, 1, RunFile.Log)))!));
        Assert.Equal(log[1_000_000..], await Node().Read(run, 1, 1_000_000, 500_000, None));
    }

    [Fact]
    public async Task Nothing_is_put_half_of_a_log_whose_parts_another_has_taken_away()
    {
        await Send(Node(), 0, log.Length);
        await Execute($"delete from work.log_parts where run = {run.Id} and start > 500000");
        await Assert.ThrowsAsync<IOException>(() => Node().Finish(run, 1, None));
        Assert.Null(await swift.Find(StorePath.Of(run, 1, RunFile.Log), None));
    }

    // Until somebody waits for a lock.
    private Task Waits() => Eventually.True("the other waits", async () => await Count("pg_locks where locktype = 'advisory' and not granted") > 0);

    [Fact]
    public async Task A_log_whose_worker_fell_silent_is_brought_into_the_store_and_one_that_a_worker_holds_is_not()
    {
        var held = NewRun();
        await Send(Node(), 0, 5000);
        await Node().Append(held, 1, long.MaxValue, 0, log.AsMemory(0, 5000), None);
        await Execute($"insert into work.leases (run, attempt, worker, claim, until, package, suite, arch, private, backend, requester, triggers, pinned) values ({held.Id}, 1, 'w', gen_random_uuid(), now(), 'hello', 'bookworm', 'amd64', false, 'fake', 'a', '', false)");
        await Node().Settle(None);
        Assert.Null(await swift.Find(StorePath.Of(run, 1, RunFile.Log), None)); // a moment ago it was still sent
        await Execute("update work.log_buffers set at = at - interval '2 hours'");
        await Node().Settle(None);
        Assert.Equal(log[..5000], Zcat((await swift.Bytes(StorePath.Of(run, 1, RunFile.Log)))!));
        Assert.False((await Node().Size(held, 1, None)).Finished);
        Assert.Equal(5000, (await Node().Size(held, 1, None)).Stored);
    }

    [Fact]
    public async Task A_month_later_the_database_knows_nothing_of_a_log_and_it_reads_as_before()
    {
        await Send(Node(), 0, 5000);
        var size = await Node().Finish(run, 1, None);
        await Execute("update work.log_buffers set at = at - interval '31 days'");
        await Node().Settle(None);
        Assert.Equal(0L, await Count("work.log_buffers"));
        Assert.Equal(size, await Node().Size(run, 1, None));
        Assert.Equal(size, await Node().Finish(run, 1, None));
        Assert.Equal(log[..5000], await Node().Read(run, 1, 0, 10_000, None));
    }

    private LogBuffer Node() => new(new BufferedLogs(database), swift, aside);

    private async Task Send(LogBuffer node, int from, int to)
    {
        for (; from < to; from += LogStore.PieceSize)
            await node.Append(run, 1, long.MaxValue, from, log.AsMemory(from, Math.Min(LogStore.PieceSize, to - from)), None);
    }

    private async Task Execute(string sql)
    {
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> Count(string table)
    {
        await using var command = database.CreateCommand($"select count(*) from {table}");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private sealed class Meanwhile(IFileStore store, Func<Task> act) : PassingStore(store)
    {
        private bool done;

        public override async Task Put(string path, AsideFile body, CancellationToken stop)
        {
            if (!done)
                await act();
            done = true;
            await base.Put(path, body, stop);
        }
    }

    private sealed class Dies(IFileStore store, string file, bool behind) : PassingStore(store)
    {
        public override async Task Put(string path, AsideFile body, CancellationToken stop)
        {
            if (path.EndsWith(file, StringComparison.Ordinal) && !behind)
                throw new FileStoreAwayException("a test", "it died before");
            await base.Put(path, body, stop);
            if (path.EndsWith(file, StringComparison.Ordinal))
                throw new FileStoreAwayException("a test", "it died behind");
        }
    }
}
