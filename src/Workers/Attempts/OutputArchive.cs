using System.Formats.Tar;
using System.IO.Compression;
using Debci.Workers.Processes;

namespace Debci.Workers.Attempts;

/// <summary>Packs autopkgtest's output directory: links are stored as links and never followed, pipes, sockets and devices are left out.</summary>
internal static class OutputArchive
{
    // What a test makes, as large as it likes; the rest is autopkgtest's own and small.
    private static readonly string[] Large = ["artifacts", "binaries"];

    /// <summary>Writes the gzipped tar; when it would be larger than <paramref name="cap"/> bytes, without the tests' own artifacts.</summary>
    /// <returns>Whether there is one: false when even the rest is too large.</returns>
    public static async Task<bool> PackAsync(string output, string target, long cap, CancellationToken ct) =>
        await TryPackAsync(output, target, cap, [], ct) || await TryPackAsync(output, target, cap, Large, ct);

    private static async Task<bool> TryPackAsync(string output, string target, long cap, string[] without, CancellationToken ct)
    {
        await using var file = File.Create(target);
        await using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        await using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            foreach (var entry in Entries(new DirectoryInfo(output), without))
            {
                await WriteAsync(tar, entry, Path.GetRelativePath(output, entry.FullName), ct);
                if (file.Length > cap)
                    return false;
            }
        }
        return file.Length <= cap;
    }

    private static IEnumerable<FileSystemInfo> Entries(DirectoryInfo folder, string[] without) =>
        !folder.Exists ? [] : folder.EnumerateFileSystemInfos()
            .Where(e => !without.Contains(e.Name))
            .OrderBy(e => e.Name, StringComparer.Ordinal)
            .SelectMany(e => e is DirectoryInfo { LinkTarget: null } below ? [e, .. Entries(below, [])] : new[] { e });

    private static async Task WriteAsync(TarWriter tar, FileSystemInfo entry, string name, CancellationToken ct)
    {
        if (entry.LinkTarget is { } link)
        {
            await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = link }, ct);
        }
        else if (entry is DirectoryInfo)
        {
            await tar.WriteEntryAsync(Dated(new PaxTarEntry(TarEntryType.Directory, name + "/"), entry), ct);
        }
        else if (PlainFile.TryOpen(entry.FullName) is { } content)
        {
            await using (content)
                await tar.WriteEntryAsync(Dated(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content }, entry), ct);
        }
    }

    // Neither owners nor set-user-id bits of the testbed mean anything elsewhere.
    private static PaxTarEntry Dated(PaxTarEntry entry, FileSystemInfo source)
    {
        const UnixFileMode kept = (UnixFileMode)0b111_111_111;
        entry.Mode = source.UnixFileMode & kept;
        entry.ModificationTime = source.LastWriteTimeUtc;
        return entry;
    }
}
