using System.Security.Cryptography;
using Debci.Api.Cli;
using Debci.Api.Files;
using Debci.Api.Files.Buffer;
using Debci.Api.Files.Copy;
using Debci.Api.Files.Disk;
using Debci.Api.Files.S3;
using Debci.Api.Files.Swift;
using Debci.Domain;
using Debci.EventLog;
using Debci.EventLog.Memory;
using Debci.Playground;
using Npgsql;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>All files of one store into another: the file system, Swift and S3, real ones.</summary>
public sealed class CopyTests : IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private readonly RunKey[] runs = [NewRun("ed"), NewRun("libsigc++-2.0"), NewRun("hello")];
    private readonly byte[] log = LogOf(1_500_000);
    private readonly MemoryEventLog events = new();
    private NpgsqlDataSource database = null!;
    private AsideFolder aside = null!;
    private DiskStore disk = null!;
    private SwiftStore swift = null!;
    private S3Store s3 = null!;

    public async Task InitializeAsync()
    {
        var cluster = await SwiftCluster.Shared;
        database = NpgsqlDataSource.Create(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c)));
        (disk, aside) = DiskAt("first");
        (swift, s3) = (new SwiftStore(cluster.Settings(), TimeProvider.System), new S3Store(cluster.AsS3(), TimeProvider.System));
        foreach (var run in runs)
            await Deliver(run);
    }

    public async Task DisposeAsync()
    {
        await database.DisposeAsync();
        swift.Dispose();
        s3.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Round_all_stores_every_file_comes_back_the_same_and_logs_read_on_each()
    {
        var (again, _) = DiskAt("second");
        var first = await Copy(disk, swift);
        Assert.Equal((3, 12, 9, 0), (first.Runs, first.Files, first.Named, first.There));
        await Copy(swift, s3);
        await Copy(s3, again);
        Assert.Equal(await Everything(disk), await Everything(again));
        Assert.Equal(await Everything(disk), await Everything(swift));
        foreach (var store in new IFileStore[] { swift, s3 })
            Assert.Equal(log[1_000_000..1_200_000], await new LogBuffer(new BufferedLogs(database), store, aside).Read(runs[1], 1, 1_000_000, 200_000, None));
        Assert.Equal(log[1_000_000..1_200_000], await new LogFolders(new FileLayout(Path.Combine(folder, "second"))).Read(runs[1], 1, 1_000_000, 200_000, None));
    }

    [Fact]
    public async Task Again_nothing_is_copied_and_an_interrupted_copy_goes_on()
    {
        using var stop = new CancellationTokenSource();
        var halfWay = new StopsAfter(swift, puts: 4, stop);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Make(disk, halfWay).Run(new FilesCopied(), stop.Token));
        Assert.NotEqual(await Everything(disk), await Everything(swift));
        var rest = await Copy(disk, swift);
        Assert.InRange(rest.There, 1, 11);
        Assert.Equal(await Everything(disk), await Everything(swift));
        var again = await Copy(disk, swift);
        Assert.Equal((3, 0, 0, 21), (again.Runs, again.Files, again.Named, again.There));
    }

    [Fact]
    public async Task Bytes_that_differ_at_the_same_size_are_found_with_verify_and_a_target_that_damages_what_it_gets_is_named()
    {
        await Copy(disk, swift);
        var damaged = StorePath.Of(runs[0], 1, RunFile.Summary);
        await swift.Put(aside, damaged, Noise(10, seed: 9));
        Assert.Equal(0, (await Copy(disk, swift)).Files);
        Assert.Equal(1, (await Copy(disk, swift, verify: true)).Files);
        Assert.Equal(await Everything(disk), await Everything(swift));

        var (other, _) = DiskAt("third");
        var wrong = await Assert.ThrowsAsync<InvalidDataException>(() => Make(disk, new Damages(other, aside)).Run(new FilesCopied(), None));
        Assert.Contains("reads back from", wrong.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_log_that_a_worker_still_sends_is_left_out_and_one_that_nobody_sends_any_more_is_made_whole()
    {
        var logs = new LogFolders(new FileLayout(Path.Combine(folder, "first")));
        foreach (var run in new[] { runs[0], runs[1] })
            await logs.Append(run, 2, long.MaxValue, 0, log.AsMemory(0, 1000), None);
        await Hold(runs[0], 2);
        var copied = await Copy(disk, swift);
        Assert.Equal([StorePath.OfAttempt(runs[0], 2)], copied.Growing);
        Assert.Null(await swift.Find(StorePath.Of(runs[0], 2, RunFile.Log), None));
        Assert.Equal(log[..1000], await new LogBuffer(new BufferedLogs(database), swift, aside).Read(runs[1], 2, 0, 2000, None));
    }

    [Fact]
    public async Task A_log_that_grows_in_the_database_is_named_and_one_that_nobody_sends_any_more_comes_along_though_the_store_has_nothing_of_either()
    {
        await Copy(disk, swift);
        var (sent, silent, inBuffer) = (NewRun(), NewRun(), new LogBuffer(new BufferedLogs(database), swift, aside));
        foreach (var (run, attempt) in new[] { (sent, 1), (silent, 1), (runs[0], 2) })
            await inBuffer.Append(run, attempt, long.MaxValue, 0, log.AsMemory(0, 1000), None);
        await Hold(sent, 1);
        await Hold(runs[0], 2);
        var (again, _) = DiskAt("second");
        var copied = await Copy(swift, again);
        Assert.Equal(new[] { StorePath.OfAttempt(sent, 1), StorePath.OfAttempt(runs[0], 2) }.Order(StringComparer.Ordinal), copied.Growing);
        Assert.Equal(4, copied.Runs);
        Assert.Equal(log[..1000], await new LogFolders(new FileLayout(Path.Combine(folder, "second"))).Read(silent, 1, 0, 2000, None));
        Assert.Null(await again.Find(StorePath.Of(sent, 1, RunFile.Log), None));
    }

    [Fact]
    public async Task Files_that_have_expired_do_not_come_back_also_when_they_expire_while_they_are_copied()
    {
        await Expire(runs[0]);
        var meanwhile = new Meanwhile(swift, put => put == StorePath.Of(runs[1], 1, RunFile.Summary) ? Expire(runs[1]) : Task.CompletedTask);
        var progress = new FilesCopied();
        await Make(disk, meanwhile).Run(progress, None);
        Assert.Equal((1, 2), (progress.Runs, progress.Expired));
        foreach (var run in runs[..2])
            Assert.Empty(await swift.Names(StorePath.OfRun(run)));
        Assert.Equal(7, (await swift.Names(StorePath.OfRun(runs[2]))).Length);
        Assert.Equal((1, 2), ((await Copy(disk, swift)).Runs, (await Copy(disk, swift)).Expired));
    }

    [Theory]
    [InlineData("--from files --to files", "name the same store")]
    [InlineData("--from files --to swift", "[files.swift] names no auth")]
    [InlineData("--from s3 --to files", "[files.s3] needs access-key and secret-key")]
    public async Task Nonsense_is_refused_in_a_sentence_before_anything_is_read(string arguments, string sentence)
    {
        var before = Console.Error;
        using var said = new StringWriter();
        Console.SetError(said);
        try
        {
            Assert.NotEqual(0, await Verbs.Root().Parse($"copy-files {arguments}").InvokeAsync());
        }
        finally
        {
            Console.SetError(before);
        }
        Assert.Contains(sentence, said.ToString(), StringComparison.Ordinal);
    }

    private async Task<FilesCopied> Copy(IFileStore from, IFileStore to, bool verify = false)
    {
        var progress = new FilesCopied();
        await Make(from, to, verify).Run(progress, None);
        return progress;
    }

    private FileCopy Make(IFileStore from, IFileStore to, bool verify = false)
    {
        ILogKeeper logs = from is DiskStore ? new LogFolders(new FileLayout(from.Name["the folder ".Length..])) : new LogBuffer(new BufferedLogs(database), from, aside);
        return new FileCopy(from, to, aside, new GrowingLogs(logs, from, database), events, verify);
    }

    private async Task Hold(RunKey run, int attempt)
    {
        await using var lease = database.CreateCommand($"insert into work.leases (run, attempt, worker, claim, until, package, suite, arch, private, backend, requester, triggers, pinned) values ({run.Id}, {attempt}, 'w', gen_random_uuid(), now(), '{run.Package}', 'bookworm', 'amd64', false, 'fake', 'a', '', false)");
        await lease.ExecuteNonQueryAsync();
    }

    private Task<EventLog.Appended> Expire(RunKey run) => events.Append(Streams.Run(run.Id), 0, new CommandInfo(Guid.NewGuid(), "expireFiles", "debci", Guid.NewGuid()).Events([new RunEvent.FilesExpired(run, RetentionRule.Age, 30)]));

    private (DiskStore, AsideFolder) DiskAt(string name)
    {
        var layout = new FileLayout(Path.Combine(folder, name));
        var own = new AsideFolder(layout, TimeProvider.System);
        return (new DiskStore(layout, own), own);
    }

    // Log, its index, artifacts and summary of an attempt, and the first, third and fourth of these as the run's.
    private async Task Deliver(RunKey run)
    {
        var logs = new LogFolders(new FileLayout(Path.Combine(folder, "first")));
        for (var from = 0; from < log.Length; from += LogStore.PieceSize)
            await logs.Append(run, 1, long.MaxValue, from, log.AsMemory(from, Math.Min(LogStore.PieceSize, log.Length - from)), None);
        await logs.Finish(run, 1, None);
        await disk.Put(aside, StorePath.Of(run, 1, RunFile.Artifacts), Noise(1_200_000, (int)run.Id));
        await disk.Put(aside, StorePath.Of(run, 1, RunFile.Summary), Noise(10));
        await disk.Show(StorePath.OfAttempt(run, 1), StorePath.OfRun(run), [.. Enum.GetValues<RunFile>().Select(StorePath.NameOf)], None);
    }

    private static async Task<List<string>> Everything(IFileStore store)
    {
        var all = new List<string>();
        await foreach (var file in store.List(StorePath.Top, None))
            all.Add($"{file.Path} {file.Size} {Convert.ToHexStringLower(SHA256.HashData((await store.Bytes(file.Path))!))}");
        return all;
    }

    private sealed class StopsAfter(IFileStore store, int puts, CancellationTokenSource stop) : PassingStore(store)
    {
        private int left = puts;

        public override async Task Put(string path, AsideFile file, CancellationToken given)
        {
            if (Interlocked.Decrement(ref left) < 0)
                await stop.CancelAsync();
            await base.Put(path, file, given);
        }
    }

    private sealed class Meanwhile(IFileStore store, Func<string, Task> act) : PassingStore(store)
    {
        public override async Task Put(string path, AsideFile file, CancellationToken given)
        {
            await act(path);
            await base.Put(path, file, given);
        }
    }

    private sealed class Damages(IFileStore store, AsideFolder aside) : PassingStore(store)
    {
        public override async Task Put(string path, AsideFile file, CancellationToken given)
        {
            await base.Put(path, file, given);
            await Put(aside, path, Noise(5), base.Put, given);
        }

        private static async Task Put(AsideFolder folder, string path, byte[] bytes, Func<string, AsideFile, CancellationToken, Task> put, CancellationToken given)
        {
            using var file = folder.New();
            await File.WriteAllBytesAsync(file.Path, bytes, given);
            await put(path, file, given);
        }
    }
}
