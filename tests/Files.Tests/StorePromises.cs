using Debci.Api.Files;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>What callers of <see cref="IFileStore"/> may rely on, whichever it is: each store shows all of it.</summary>
public abstract class StorePromises : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private IFileStore store = null!;
    private AsideFolder aside = null!;

    /// <summary>The store; its segments or parts have a mebibyte, so that three are a large file.</summary>
    protected abstract Task<IFileStore> Open(FileLayout layout, AsideFolder aside);

    public async Task InitializeAsync()
    {
        var layout = new FileLayout(folder);
        aside = new AsideFolder(layout, TimeProvider.System);
        store = await Open(layout, aside);
    }

    public Task DisposeAsync()
    {
        (store as IDisposable)?.Dispose();
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1 << 20)]
    [InlineData((1 << 20) + 1)]
    [InlineData(3 << 20)]
    public async Task What_is_put_is_there_byte_by_byte_with_its_size_and_nothing_is_left_aside(int length)
    {
        var (path, bytes) = (StorePath.Of(NewRun(), 1, RunFile.Artifacts), Noise(length));
        await store.Put(aside, path, bytes);
        Assert.Equal(bytes, await store.Bytes(path));
        var found = (await store.Find(path, CancellationToken.None))!;
        Assert.Equal((path, length), (found.Path, found.Size));
        Assert.InRange(found.LastModified, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow.AddMinutes(5));
        Assert.Empty(Directory.GetFiles(Path.Combine(folder, ".aside")));
    }

    [Fact]
    public async Task A_file_that_was_never_put_is_not_found_and_not_opened_and_its_folder_is_deleted_without_complaint()
    {
        var run = NewRun();
        Assert.Null(await store.Find(StorePath.Of(run, RunFile.Log), CancellationToken.None));
        Assert.Null(await store.Open(StorePath.Of(run, RunFile.Log), CancellationToken.None));
        await store.DeleteFolder(StorePath.OfRun(run), CancellationToken.None);
        Assert.Empty(await store.Names(StorePath.OfRun(run)));
    }

    [Theory]
    [InlineData(100, 200)]
    [InlineData(3 << 20, 10)]
    [InlineData(10, 3 << 20)]
    [InlineData(2 << 20, 3 << 20)]
    public async Task Put_again_a_file_replaces_the_one_before(int before, int after)
    {
        var path = StorePath.Of(NewRun(), 1, RunFile.Artifacts);
        await store.Put(aside, path, Noise(before, seed: 1));
        await store.Put(aside, path, Noise(after, seed: 2));
        Assert.Equal(Noise(after, seed: 2), await store.Bytes(path));
    }

    [Fact]
    public async Task Any_range_of_a_large_file_can_be_read_in_any_order()
    {
        var (path, bytes) = (StorePath.Of(NewRun(), 1, RunFile.Artifacts), Noise(2_500_000));
        await store.Put(aside, path, bytes);
        await using var file = (await store.Open(path, CancellationToken.None))!;
        Assert.Equal(bytes.Length, file.Length);
        foreach (var (from, length) in new[] { (2_400_000, 100_000), (0, 10), (10, 5), (1_000_000, 1_400_000), (2_499_999, 1), (1 << 20, 1) })
        {
            var range = new byte[length];
            file.Position = from;
            await file.ReadExactlyAsync(range);
            Assert.Equal(bytes[from..(from + length)], range);
        }
        file.Position = bytes.Length;
        Assert.Equal(0, await file.ReadAsync(new byte[10]));
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(2_500_000)]
    public async Task Files_of_an_attempt_stand_at_the_address_of_the_run_too_and_what_is_sent_later_does_not_change_them(int length)
    {
        var run = NewRun();
        await store.Put(aside, StorePath.Of(run, 2, RunFile.Artifacts), Noise(length, seed: 1));
        await Show(run, 2);
        await Show(run, 2);
        await store.Put(aside, StorePath.Of(run, 2, RunFile.Artifacts), Noise(length, seed: 2));
        Assert.Equal(Noise(length, seed: 1), await store.Bytes(StorePath.Of(run, RunFile.Artifacts)));
        Assert.Equal(length, (await store.Find(StorePath.Of(run, RunFile.Artifacts), CancellationToken.None))!.Size);
        Assert.Equal(Noise(length, seed: 2), await store.Bytes(StorePath.Of(run, 2, RunFile.Artifacts)));
    }

    [Fact]
    public async Task What_the_attempt_does_not_have_is_not_shown_any_more()
    {
        var run = NewRun();
        await store.Put(aside, StorePath.Of(run, 1, RunFile.Artifacts), Noise(100));
        await store.Put(aside, StorePath.Of(run, 1, RunFile.Log), Noise(100));
        await Show(run, 1);
        await store.Put(aside, StorePath.Of(run, 2, RunFile.Log), Noise(50));
        await Show(run, 2);
        Assert.Null(await store.Find(StorePath.Of(run, RunFile.Artifacts), CancellationToken.None));
        Assert.Equal(Noise(50), await store.Bytes(StorePath.Of(run, RunFile.Log)));
        Assert.NotNull(await store.Find(StorePath.Of(run, 1, RunFile.Artifacts), CancellationToken.None));
    }

    [Fact]
    public async Task A_folder_is_deleted_with_everything_below_it_and_nothing_beside_it()
    {
        var run = NewRun();
        var beside = run with { Id = (run.Id * 10) + 7 }; // whose address begins with that of the run
        foreach (var length in new[] { 100, 2_500_000 })
        {
            await store.Put(aside, StorePath.Of(run, 1, RunFile.Artifacts), Noise(length));
            await store.Put(aside, StorePath.Of(beside, 1, RunFile.Artifacts), Noise(length));
        }
        await store.Put(aside, $"{StorePath.OfRun(run)}/late/x.tar.gz", Noise(10));
        await Show(run, 1);
        await Show(beside, 1);
        await store.DeleteFolder(StorePath.OfRun(run), CancellationToken.None);

        Assert.Empty(await store.Names(StorePath.OfRun(run)));
        Assert.Null(await store.Find(StorePath.Of(run, RunFile.Artifacts), CancellationToken.None));
        Assert.Equal(Noise(2_500_000), await store.Bytes(StorePath.Of(beside, RunFile.Artifacts)));
        Assert.Equal(Noise(2_500_000), await store.Bytes(StorePath.Of(beside, 1, RunFile.Artifacts)));
    }

    [Fact]
    public async Task All_files_of_a_folder_are_listed_in_the_order_of_their_addresses_with_their_sizes()
    {
        var run = NewRun();
        foreach (var path in new[] { StorePath.Of(run, 2, RunFile.Log), StorePath.Of(run, 10, RunFile.Summary), StorePath.Of(run, 1, RunFile.Artifacts), StorePath.Of(run, RunFile.Summary), StorePath.Of(run, RunFile.Artifacts) })
            await store.Put(aside, path, Noise(path.Contains("artifacts", StringComparison.Ordinal) ? 2_500_000 : 10));
        var all = await store.List(StorePath.OfRun(run), CancellationToken.None).ToListAsync();
        Assert.Equal(["artifacts.tar.gz", "attempts/1/artifacts.tar.gz", "attempts/10/summary", "attempts/2/log.gz", "summary"], all.Select(f => f.Path[(StorePath.OfRun(run).Length + 1)..]));
        Assert.Equal([2_500_000, 2_500_000, 10, 10, 10], all.Select(f => f.Size));
        Assert.Empty(all.Select(f => f.Path).Except(await store.List(StorePath.Top, CancellationToken.None).Select(f => f.Path).ToListAsync()));
    }

    [Fact]
    public async Task Names_with_every_sign_that_Debian_allows_are_addresses()
    {
        foreach (var package in new[] { "libsigc++-2.0", "0ad", "g++-13", "a.b" })
        {
            var run = NewRun(package);
            await store.Put(aside, StorePath.Of(run, 1, RunFile.Artifacts), Noise(2_000_000));
            await Show(run, 1);
            Assert.Equal(Noise(2_000_000), await store.Bytes(StorePath.Of(run, RunFile.Artifacts)));
            Assert.Equal(["artifacts.tar.gz", "attempts/1/artifacts.tar.gz"], await store.Names(StorePath.OfRun(run)));
            await store.DeleteFolder(StorePath.OfRun(run), CancellationToken.None);
            Assert.Null(await store.Find(StorePath.Of(run, RunFile.Artifacts), CancellationToken.None));
        }
    }

    [Fact]
    public async Task Of_two_that_put_at_one_address_at_once_one_is_there_whole()
    {
        var path = StorePath.Of(NewRun(), 1, RunFile.Artifacts);
        byte[][] both = [Noise(1_500_000, seed: 1), Noise(2_500_000, seed: 2)];
        await Task.WhenAll(both.Select(bytes => store.Put(aside, path, bytes)));
        var there = await store.Bytes(path);
        Assert.Contains(both, bytes => bytes.AsSpan().SequenceEqual(there));
    }

    [Fact]
    public Task A_store_that_works_says_nothing_when_it_is_checked() => store.Check(CancellationToken.None);

    private Task Show(Domain.RunKey run, int attempt) =>
        store.Show(StorePath.OfAttempt(run, attempt), StorePath.OfRun(run), [.. Enum.GetValues<RunFile>().Select(StorePath.NameOf)], CancellationToken.None);
}
