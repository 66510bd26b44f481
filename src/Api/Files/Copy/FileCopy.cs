using System.Collections.Concurrent;
using System.Security.Cryptography;
using Debci.EventLog;

namespace Debci.Api.Files.Copy;

/// <summary>How far a copy is. Read while it goes on.</summary>
internal sealed class FilesCopied
{
    private readonly ConcurrentDictionary<string, bool> growing = new(StringComparer.Ordinal);
    private long runs, files, bytes, there, named, expired;

    /// <summary>Runs whose files are all in the other store.</summary>
    public long Runs => Interlocked.Read(ref runs);

    /// <summary>Files that were copied.</summary>
    public long Files => Interlocked.Read(ref files);

    /// <summary>Their bytes.</summary>
    public long Bytes => Interlocked.Read(ref bytes);

    /// <summary>Files that the other store had already.</summary>
    public long There => Interlocked.Read(ref there);

    /// <summary>Files that were shown at a second address, and not copied twice.</summary>
    public long Named => Interlocked.Read(ref named);

    /// <summary>Runs whose files have expired: they were left out.</summary>
    public long Expired => Interlocked.Read(ref expired);

    /// <summary>Where logs still grow, by their attempt's folder: they were left out.</summary>
    public IReadOnlyList<string> Growing => [.. growing.Keys.Order(StringComparer.Ordinal)];

    /// <summary>A run is done.</summary>
    public void AddRun() => Interlocked.Increment(ref runs);

    /// <summary>A file was copied.</summary>
    public void AddFile(long size)
    {
        Interlocked.Increment(ref files);
        Interlocked.Add(ref bytes, size);
    }

    /// <summary>A file was there.</summary>
    public void AddThere() => Interlocked.Increment(ref there);

    /// <summary>A file was shown.</summary>
    public void AddNamed() => Interlocked.Increment(ref named);

    /// <summary>The files of a run have expired.</summary>
    public void AddExpired() => Interlocked.Increment(ref expired);

    /// <summary>Logs grow.</summary>
    public void AddGrowing(List<string> folders) => folders.ForEach(folder => growing.TryAdd(folder, true));
}

/// <summary>
/// Copies all files of one store into another, run by run. What is there with its size is passed over, so that an interrupted copy goes on; each file
/// that is copied is read back, and its size and SHA-256 compared. What has expired is passed over, also where the one store still has it. Nothing is
/// deleted, in neither store, but what expired while it was copied.
/// </summary>
/// <param name="from">The one.</param>
/// <param name="to">The other.</param>
/// <param name="aside">Where files are on their way.</param>
/// <param name="growing">Which logs are not whole yet.</param>
/// <param name="log">Knows whose files have expired.</param>
/// <param name="verify">Whether the bytes are compared also of files that are there already.</param>
internal sealed class FileCopy(IFileStore from, IFileStore to, AsideFolder aside, GrowingLogs growing, IEventLog log, bool verify)
{
    private const int AtOnce = 6;

    /// <summary>Copies all of it.</summary>
    /// <param name="progress">Told how far it is.</param>
    /// <param name="stop">Ends it between two files; a later copy goes on.</param>
    /// <exception cref="InvalidDataException">What was copied reads back as something else.</exception>
    public async Task Run(FilesCopied progress, CancellationToken stop)
    {
        progress.AddGrowing(await growing.Beside(stop)); // first, so that those which are made whole are among the files
        await Parallel.ForEachAsync(RunFolders(stop), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (folder, given) =>
        {
            if (await log.HasExpired(folder, given))
                progress.AddExpired();
            else
                await CopyKept(folder, progress, given);
        });
    }

    private async Task CopyKept(string folder, FilesCopied progress, CancellationToken stop)
    {
        await CopyRun(folder, progress, stop);
        if (!await log.HasExpired(folder, stop))
        {
            progress.AddRun();
            return;
        }
        await to.DeleteFolder(folder, stop); // it has expired meanwhile: what the other store has deleted by now may have come back
        progress.AddExpired();
    }

    private async IAsyncEnumerable<string> RunFolders([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        var last = "";
        await foreach (var file in from.List(StorePath.Top, stop))
        {
            var folder = RunFolder.Of(file.Path);
            if (folder != last)
                yield return folder;
            last = folder;
        }
    }

    // The attempts first: what the run shows is then a second name of what an attempt left, if it is the same.
    private async Task CopyRun(string folder, FilesCopied progress, CancellationToken stop)
    {
        var leftOut = await growing.In(folder, stop);
        progress.AddGrowing(leftOut);
        var there = await to.List(folder, stop).ToDictionaryAsync(f => f.Path, f => f.Size, StringComparer.Ordinal, stop);
        var files = await from.List(folder, stop).Where(f => !IsOfGrowing(f.Path, leftOut)).ToListAsync(stop);
        foreach (var file in files.OrderBy(f => IsShown(f.Path, folder)))
        {
            if (there.TryGetValue(file.Path, out var size) && size == file.Size && (!verify || await Same(file, stop)))
                progress.AddThere();
            else if (IsShown(file.Path, folder) && await TryShow(file, files, folder, stop))
                progress.AddNamed();
            else
                progress.AddFile(await CopyFile(file, stop));
        }
    }

    private async Task<long> CopyFile(StoredFile file, CancellationToken stop)
    {
        using var body = aside.New();
        await using var source = await from.Open(file.Path, stop);
        if (source is null)
            return 0; // it has expired meanwhile
        var taken = await body.Write(source, long.MaxValue, stop);
        await to.Put(file.Path, body, stop);
        if (await HashIn(to, file.Path, stop) is var back && back != (taken.Size, taken.Sha256))
            throw new InvalidDataException($"{file.Path} has {taken.Size} bytes with the SHA-256 {taken.Sha256} in {from.Name}, and reads back from {to.Name} with {back.Size} bytes and {back.Sha256}.");
        return taken.Size;
    }

    private async Task<bool> TryShow(StoredFile file, IReadOnlyList<StoredFile> files, string folder, CancellationToken stop)
    {
        var name = file.Path[(folder.Length + 1)..];
        foreach (var original in files.Where(f => f.Size == file.Size && f.Path.StartsWith($"{folder}/attempts/", StringComparison.Ordinal) && f.Path.EndsWith($"/{name}", StringComparison.Ordinal)))
        {
            var hash = await HashIn(from, file.Path, stop);
            if (hash != await HashIn(from, original.Path, stop))
                continue;
            await to.Show(original.Path[..^(name.Length + 1)], folder, [name], stop);
            return await HashIn(to, file.Path, stop) == hash;
        }
        return false;
    }

    private async Task<bool> Same(StoredFile file, CancellationToken stop) => await HashIn(from, file.Path, stop) == await HashIn(to, file.Path, stop);

    private static async Task<(long Size, string Sha256)> HashIn(IFileStore store, string path, CancellationToken stop)
    {
        await using var file = await store.Open(path, stop);
        return file is null ? (-1, "") : (file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, stop)));
    }

    private static bool IsShown(string path, string folder) => path.IndexOf('/', folder.Length + 1) < 0;

    private static bool IsOfGrowing(string path, List<string> growing) => path.LastIndexOf("/log.", StringComparison.Ordinal) is >= 0 and var end && growing.Contains(path[..end]);
}
