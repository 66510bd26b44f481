using Debci.Api.Files;

namespace Debci.Api.Export;

/// <summary>
/// A tree of files that others read while it is written: each file is the old one or the new one, whole, whenever who writes is ended; and one that did
/// not change is not touched. New files are made aside, are on disk before they take their places, and take them in the order in which they came.
/// </summary>
internal sealed class ExportTree : IDisposable
{
    private const int Most = 200; // that wait for their places

    private readonly string root;
    private readonly string aside;
    private readonly FileStream alone;
    private readonly List<(string? From, string To)> waiting = []; // null for a file that goes
    private int made;

    /// <summary>Opens a tree; what a crash has left aside is cleared away.</summary>
    /// <exception cref="InvalidOperationException">Somebody else writes to it, or nobody can.</exception>
    public ExportTree(string folder)
    {
        root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        aside = Path.Combine(root, ".aside");
        try
        {
            Directory.CreateDirectory(aside);
            alone = new FileStream(Path.Combine(root, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            throw new InvalidOperationException(failure.HResult == Posix.WouldBlock ? $"Another export to {root} is under way; wait for its end."
                : $"{root} cannot be written to ({failure.Message}); name a folder that can.", failure);
        }
        foreach (var left in Directory.EnumerateFiles(aside))
            File.Delete(left);
    }

    /// <summary>Files that changed or are new.</summary>
    public int Written { get; private set; }

    /// <summary>Files that are gone.</summary>
    public int Deleted { get; private set; }

    /// <summary>Files that were looked at and stayed as they were.</summary>
    public int Same { get; private set; }

    /// <summary>How often it was waited for the disk.</summary>
    public int Waits { get; private set; }

    /// <summary>What stands at a path; null for nothing.</summary>
    public byte[]? Read(string path) => File.Exists(Of(path)) ? File.ReadAllBytes(Of(path)) : null;

    /// <summary>Puts a file in its place.</summary>
    public Task Put(string path, byte[] content) => Put(path, stream => stream.WriteAsync(content).AsTask());

    /// <summary>The same, written piece by piece.</summary>
    public async Task Put(string path, Func<Stream, Task> write)
    {
        var (fresh, place) = (Path.Combine(aside, $"{++made}"), Of(path));
        await using (var stream = new FileStream(fresh, FileMode.CreateNew, FileAccess.Write))
            await write(stream);
        SettleFor(place);
        if (IsSame(fresh, place))
        {
            File.Delete(fresh);
            Same++;
            return;
        }
        Wait(fresh, place);
    }

    /// <summary>Takes a file away, behind what came before; nothing when there is none.</summary>
    public void Delete(string path)
    {
        var place = Of(path);
        SettleFor(place);
        if (File.Exists(place))
            Wait(null, place);
    }

    /// <summary>Has all files that wait take their places, and waits until that is on disk.</summary>
    public void Settle()
    {
        if (waiting.Count == 0)
            return;
        Posix.SyncAll(root);
        foreach (var (from, to) in waiting)
            Take(from, to);
        waiting.Clear();
        Posix.SyncAll(root);
        Waits++;
    }

    /// <inheritdoc/>
    public void Dispose() => alone.Dispose();

    // What is compared with the disk must be there.
    private void SettleFor(string place)
    {
        if (waiting.Exists(w => w.To == place))
            Settle();
    }

    private void Wait(string? from, string to)
    {
        waiting.Add((from, to));
        if (waiting.Count >= Most)
            Settle();
    }

    private void Take(string? from, string to)
    {
        if (from is null)
        {
            File.Delete(to);
            Deleted++;
            return;
        }
        Directory.CreateDirectory(Path.GetDirectoryName(to)!);
        Posix.Rename(from, to);
        Written++;
    }

    private string Of(string path) => Path.Combine(root, path);

    private static bool IsSame(string one, string other)
    {
        if (!File.Exists(other) || new FileInfo(one).Length != new FileInfo(other).Length)
            return false;
        using var first = File.OpenRead(one);
        using var second = File.OpenRead(other);
        var (a, b) = (new byte[64 << 10], new byte[64 << 10]);
        for (int length; (length = first.ReadAtLeast(a, a.Length, throwOnEndOfStream: false)) > 0;)
        {
            if (second.ReadAtLeast(b, b.Length, throwOnEndOfStream: false) != length || !a.AsSpan(0, length).SequenceEqual(b.AsSpan(0, length)))
                return false;
        }
        return true;
    }
}
