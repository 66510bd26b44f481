using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Debci.Api.Files;

namespace Debci.Api.Import;

/// <summary>What was brought of a run's files.</summary>
/// <param name="LogBytes">Plain bytes of its log; 0 for none.</param>
/// <param name="ArtifactsBytes">Size of its artifacts; null for none.</param>
/// <param name="TestbedPackages">SHA-256 of its testbed's packages; null for none.</param>
/// <param name="LeftOut">Names of what is neither a file nor a folder (a socket, a pipe, a device).</param>
internal sealed record Brought(long LogBytes, long? ArtifactsBytes, string? TestbedPackages, IReadOnlyList<string> LeftOut);

/// <summary>
/// Puts a result folder's files at the run's own address: as second names of the same files where the file systems allow it, else as copies.
/// Again: what is there stays.
/// </summary>
/// <param name="layout">Where they go.</param>
/// <param name="aside">Where they are until they are whole.</param>
internal sealed class ImportedFiles(FileLayout layout, AsideFolder aside)
{
    private const long MostLog = 1 << 30;

    /// <summary>Puts all there is.</summary>
    /// <exception cref="NotUnderstoodException">The log is no gzip.</exception>
    public Brought Put(DebciRecord record)
    {
        var (from, to) = (record.Folder!, layout.OfAttempt(record.Run, 1));
        Directory.CreateDirectory(to);
        var log = PutLog(Path.Combine(from, "log.gz"), to);
        PutText(record.SummaryText, Path.Combine(to, FileLayout.NameOf(RunFile.Summary)));
        PutText(record.TestbedPackages, Path.Combine(to, FileLayout.NameOf(RunFile.TestbedPackages)));
        var leftOut = PutArtifacts(from, Path.Combine(to, FileLayout.NameOf(RunFile.Artifacts)));
        foreach (var name in Enum.GetValues<RunFile>().Select(FileLayout.NameOf).Where(n => File.Exists(Path.Combine(to, n))))
            Link(Path.Combine(to, name), Path.Combine(layout.OfRun(record.Run), name));
        return new Brought(log, new FileInfo(Path.Combine(to, FileLayout.NameOf(RunFile.Artifacts))) is { Exists: true } file ? file.Length : null,
            record.TestbedPackages is { } packages ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(packages))) : null, leftOut);
    }

    // The index first: without one a log counts as growing, and what stands in log.gz beyond it is cut off, in a file that is not ours alone.
    private long PutLog(string from, string folder)
    {
        if (!ResultFolder.Has(from))
            return 0;
        var plain = PlainBytes(from);
        PutText(string.Create(CultureInfo.InvariantCulture, $"{plain} {new FileInfo(from).Length}\nend {plain}\n"), Path.Combine(folder, "log.index"));
        Link(from, Path.Combine(folder, FileLayout.NameOf(RunFile.Log)));
        return plain;
    }

    private List<string> PutArtifacts(string from, string to)
    {
        var (whole, leftOut) = (Path.Combine(from, "artifacts.tar.gz"), new List<string>());
        if (ResultFolder.Has(whole))
            Link(whole, to);
        else if (!File.Exists(to))
            Place(to, path => Pack(from, path, leftOut));
        return leftOut;
    }

    private static readonly EnumerationOptions WithoutLinks = new() { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = false };

    // As debci's collector does: everything but the log. No link is followed, also not to a folder.
    private static void Pack(string from, string path, List<string> leftOut)
    {
        using var tar = new TarWriter(new GZipStream(File.Create(path), CompressionLevel.Optimal));
        foreach (var entry in new DirectoryInfo(from).EnumerateFileSystemInfos("*", WithoutLinks)
            .Where(e => e.Name != "log.gz").OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            var name = Path.GetRelativePath(from, entry.FullName);
            if (entry is DirectoryInfo || Posix.IsPlainFile(entry.FullName))
                tar.WriteEntry(entry.FullName, name);
            else
                leftOut.Add(name);
        }
    }

    private void PutText(string? text, string to)
    {
        if (text is not null && !File.Exists(to))
            Place(to, path => File.WriteAllText(path, text));
    }

    private void Link(string from, string to)
    {
        if (File.Exists(to))
            return;
        using var name = aside.New();
        try
        {
            Posix.Link(from, name.Path);
        }
        catch (IOException)
        {
            File.Copy(from, name.Path); // another file system, or one without such names
        }
        Posix.Rename(name.Path, to);
    }

    private void Place(string to, Action<string> write)
    {
        using var file = aside.New();
        write(file.Path);
        Posix.Rename(file.Path, to);
    }

    private static long PlainBytes(string path)
    {
        try
        {
            using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
            var (piece, sum) = (new byte[80 << 10], 0L);
            while (gzip.Read(piece) is > 0 and var length)
            {
                if ((sum += length) > MostLog)
                    throw new NotUnderstoodException($"its log.gz has more than {MostLog} bytes, unpacked");
            }
            return sum;
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException)
        {
            throw new NotUnderstoodException($"its log.gz cannot be unpacked: {broken.Message}");
        }
    }
}
