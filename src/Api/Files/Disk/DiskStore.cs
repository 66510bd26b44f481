using System.Runtime.CompilerServices;

namespace Debci.Api.Files.Disk;

/// <summary>Files on a file system of this machine (or one that all nodes mount), under their addresses.</summary>
/// <param name="layout">Where they are.</param>
/// <param name="aside">Where new names are made before they replace old ones.</param>
/// <param name="durable">Whether each put waits for the disk; not for an import, which can be done again.</param>
public sealed class DiskStore(FileLayout layout, AsideFolder aside, bool durable = true) : IFileStore
{
    /// <inheritdoc/>
    public string Name => $"the folder {layout.Root}";

    /// <inheritdoc/>
    public Task Check(CancellationToken stop)
    {
        Directory.CreateDirectory(layout.Root);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Put(string path, AsideFile file, CancellationToken stop)
    {
        var place = layout.At(path);
        var folder = Path.GetDirectoryName(place)!;
        Directory.CreateDirectory(folder);
        if (durable)
        {
            using var content = File.OpenHandle(file.Path, FileMode.Open, FileAccess.ReadWrite);
            RandomAccess.FlushToDisk(content);
        }
        Posix.Rename(file.Path, place);
        if (durable)
            layout.Sync(folder);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<StoredFile?> Find(string path, CancellationToken stop) =>
        Task.FromResult(new FileInfo(layout.At(path)) is { Exists: true } file ? new StoredFile(path, file.Length, file.LastWriteTimeUtc) : null);

    /// <inheritdoc/>
    public Task<Stream?> Open(string path, CancellationToken stop)
    {
        try
        {
            return Task.FromResult<Stream?>(new FileStream(layout.At(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true));
        }
        catch (Exception missing) when (missing is FileNotFoundException or DirectoryNotFoundException)
        {
            return Task.FromResult<Stream?>(null);
        }
    }

    /// <summary>The files get second names: nothing is copied.</summary>
    public Task Show(string folder, string inFolder, IReadOnlyList<string> names, CancellationToken stop)
    {
        var (from, to) = (layout.At(folder), layout.At(inFolder));
        Directory.CreateDirectory(to);
        foreach (var name in names)
            Show(Path.Combine(from, name), Path.Combine(to, name));
        if (durable)
            layout.Sync(to);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task DeleteFolder(string folder, CancellationToken stop)
    {
        if (Directory.Exists(layout.At(folder)))
            Directory.Delete(layout.At(folder), recursive: true);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredFile> List(string folder, [EnumeratorCancellation] CancellationToken stop)
    {
        await Task.CompletedTask;
        foreach (var file in FilesIn(new DirectoryInfo(layout.At(folder))))
        {
            stop.ThrowIfCancellationRequested();
            yield return new StoredFile(Path.GetRelativePath(layout.Root, file.FullName), file.Length, file.LastWriteTimeUtc);
        }
    }

    // A folder stands where its name with a slash behind it stands: so the whole is in the order of the addresses, and no more than one folder of each depth is held.
    private static IEnumerable<FileInfo> FilesIn(DirectoryInfo folder)
    {
        if (!folder.Exists)
            yield break;
        foreach (var entry in folder.EnumerateFileSystemInfos().Where(e => e.LinkTarget is null).OrderBy(e => e is DirectoryInfo ? e.Name + "/" : e.Name, StringComparer.Ordinal).ToList())
        {
            foreach (var file in entry is DirectoryInfo below ? FilesIn(below) : [(FileInfo)entry])
                yield return file;
        }
    }

    private void Show(string from, string to)
    {
        if (!File.Exists(from))
        {
            File.Delete(to);
            return;
        }
        using var name = aside.New(); // rename() of two names of one file does nothing: then this one is dropped here
        Posix.Link(from, name.Path);
        Posix.Rename(name.Path, to);
    }
}
