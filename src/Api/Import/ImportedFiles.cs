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
/// <param name="store">Where they go.</param>
/// <param name="aside">Where they are until they are whole.</param>
internal sealed class ImportedFiles(IFileStore store, AsideFolder aside)
{
    private const long MostLog = 1 << 30;

    /// <summary>Puts all there is.</summary>
    /// <exception cref="NotUnderstoodException">The log is no gzip.</exception>
    public async Task<Brought> Put(DebciRecord record, CancellationToken stop)
    {
        var (from, to) = (record.Folder!, StorePath.OfAttempt(record.Run, 1));
        var log = await PutLog(Path.Combine(from, "log.gz"), to, stop);
        await PutText(record.SummaryText, $"{to}/{StorePath.NameOf(RunFile.Summary)}", stop);
        await PutText(record.TestbedPackages, $"{to}/{StorePath.NameOf(RunFile.TestbedPackages)}", stop);
        var leftOut = await PutArtifacts(from, $"{to}/{StorePath.NameOf(RunFile.Artifacts)}", stop);
        await store.Show(to, StorePath.OfRun(record.Run), [.. Enum.GetValues<RunFile>().Select(StorePath.NameOf)], stop);
        return new Brought(log, (await store.Find($"{to}/{StorePath.NameOf(RunFile.Artifacts)}", stop))?.Size,
            record.TestbedPackages is { } packages ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(packages))) : null, leftOut);
    }

    // The index first: without one a log counts as growing, and what stands in log.gz beyond it is cut off, in a file that is not ours alone.
    private async Task<long> PutLog(string from, string folder, CancellationToken stop)
    {
        if (!ResultFolder.Has(from))
            return 0;
        var plain = PlainBytes(from);
        await PutText(string.Create(CultureInfo.InvariantCulture, $"{plain} {new FileInfo(from).Length}\nend {plain}\n"), $"{folder}/log.index", stop);
        await Link(from, $"{folder}/{StorePath.NameOf(RunFile.Log)}", stop);
        return plain;
    }

    private async Task<List<string>> PutArtifacts(string from, string to, CancellationToken stop)
    {
        var (whole, leftOut) = (Path.Combine(from, "artifacts.tar.gz"), new List<string>());
        if (ResultFolder.Has(whole))
            await Link(whole, to, stop);
        else
            await Place(to, path => Pack(from, path, leftOut), stop);
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

    private Task PutText(string? text, string to, CancellationToken stop) => text is null ? Task.CompletedTask : Place(to, path => File.WriteAllText(path, text), stop);

    private Task Link(string from, string to, CancellationToken stop) => Place(to, path =>
    {
        try
        {
            Posix.Link(from, path);
        }
        catch (IOException)
        {
            File.Copy(from, path); // another file system, or one without such names
        }
    }, stop);

    private async Task Place(string to, Action<string> write, CancellationToken stop)
    {
        if (await store.Find(to, stop) is not null)
            return;
        using var file = aside.New();
        write(file.Path);
        await store.Put(to, file, stop);
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
