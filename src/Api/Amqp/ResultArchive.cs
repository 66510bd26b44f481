using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using Debci.Api.Files;
using Debci.Domain;

namespace Debci.Api.Amqp;

/// <summary>What a worker of debci's says of a run.</summary>
/// <param name="Run">Which run, by its folder: the suite, architecture and package must be this run's.</param>
/// <param name="ExitCode">autopkgtest's.</param>
/// <param name="DurationSeconds">How long it took.</param>
/// <param name="Summary">autopkgtest's <c>summary</c>; empty when there is none.</param>
/// <param name="TestpkgVersion">autopkgtest's <c>testpkg-version</c>.</param>
/// <param name="TestbedPackages">autopkgtest's <c>testbed-packages</c>; null when there is none.</param>
/// <param name="Installed">Packages of the testbed and of tests, with their versions.</param>
internal sealed record Result(
    RunKey Run, int ExitCode, int DurationSeconds, string Summary, string TestpkgVersion, byte[]? TestbedPackages, IReadOnlyDictionary<string, string> Installed);

/// <summary>How large a result may be.</summary>
/// <param name="Unpacked">All of it, in bytes.</param>
/// <param name="Log">The plain log, in bytes.</param>
internal sealed record ResultCaps(long Unpacked, long Log);

/// <summary>
/// Reads a result: a gzipped tar with the folder <c>autopkgtest-incoming/SUITE/ARCH/PREFIX/PACKAGE/RUN</c>. Nothing is unpacked to a path that
/// the tar names: what is known is read by its name, and everything but the log is packed again as the run's artifacts. Links are kept there
/// as links, and never followed; devices are left out.
/// </summary>
/// <param name="files">Where files are until they are taken.</param>
/// <param name="caps">How large it may be.</param>
internal sealed class ResultArchive(AsideFolder files, ResultCaps caps) : IDisposable
{
    private const int MostItems = 20_000;
    private const int MostInMemory = 1 << 20;
    private const int MostSummary = 4 << 20;
    private const int MostPackages = 100_000;
    private static readonly string[] Known = ["exitcode", "duration", "log.gz", "testpkg-version", "summary", "testbed-packages"];
    private readonly Dictionary<string, byte[]> texts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> installed = new(StringComparer.Ordinal);
    private readonly AsideFile artifacts = files.New();
    private readonly AsideFile log = files.New();
    private RunKey? run;

    /// <summary>Reads it all, before any of it is used.</summary>
    /// <exception cref="RefusedException">It is no such result, or larger than it may be.</exception>
    public async Task<Result> Read(Stream body, CancellationToken stop)
    {
        await using (var gzip = new GZipStream(body, CompressionMode.Decompress, leaveOpen: true))
            await ReadItems(new TarWalk(gzip, caps.Unpacked, MostItems), stop);
        await CheckLog(stop);
        return new Result(
            run ?? throw Wrong("The tar is empty."),
            Number("exitcode") ?? throw Wrong("The result has no file exitcode with a number in it."), Math.Max(0, Number("duration") ?? 0),
            Text("summary"), Text("testpkg-version"), texts.GetValueOrDefault("testbed-packages"), installed);
    }

    /// <summary>The plain log; empty when there is none.</summary>
    public Stream OpenLog() => File.Exists(log.Path) ? new GZipStream(File.OpenRead(log.Path), CompressionMode.Decompress) : Stream.Null;

    /// <summary>Everything else, as a gzipped tar.</summary>
    public Stream OpenArtifacts() => File.OpenRead(artifacts.Path);

    /// <summary>Leaves nothing.</summary>
    public void Dispose()
    {
        artifacts.Dispose();
        log.Dispose();
    }

    private async Task ReadItems(TarWalk walk, CancellationToken stop)
    {
        await using var file = File.Create(artifacts.Path);
        await using var gzip = new GZipStream(file, CompressionLevel.Fastest);
        await using var tar = new TarWriter(gzip, TarEntryFormat.Pax);
        while (await walk.Next(stop) is { } item)
        {
            if (Place(item) is not { } name)
                continue;
            if (Known.Contains(name) && item.Type != TarEntryType.RegularFile)
                throw Wrong($"In the tar {name} is no plain file.");
            if (name == "log.gz")
                await TakeLog(walk, item, stop);
            else
                await Keep(walk, item, name, tar, stop);
        }
    }

    // The path below the run's folder; null for the folders above it.
    private string? Place(TarItem item)
    {
        var parts = item.Name.TrimEnd('/').Split('/').SkipWhile(p => p == ".").ToArray();
        if (item.Name.Contains('\0', StringComparison.Ordinal) || parts.Any(p => p is "" or "." or "..") || parts is not ["autopkgtest-incoming", ..])
            throw Wrong($"The tar names {StoredText.Quote(item.Name)}, which is not below autopkgtest-incoming.");
        if (parts.Length < 6)
            return item.Type == TarEntryType.Directory ? null : throw Wrong($"The tar has {StoredText.Quote(item.Name)} beside the run's folder.");
        var key = Key(parts, item.Name);
        if (run is { } first && first != key)
            throw Wrong($"The tar has the folders of two runs, {first.Id} and {key.Id}.");
        run = key;
        return parts.Length == 6 ? null : string.Join('/', parts[6..]);
    }

    private static RunKey Key(string[] parts, string name) =>
        Names.IsWord(parts[1]) && Names.IsWord(parts[2]) && Names.IsPackage(parts[4])
            && long.TryParse(parts[5], NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id > 0
            ? new RunKey(id, parts[4], parts[1], parts[2], Private: false)
            : throw Wrong($"The folder {StoredText.Quote(name)} is not autopkgtest-incoming/SUITE/ARCH/PREFIX/PACKAGE/RUN with the number of a run.");

    private async Task TakeLog(TarWalk walk, TarItem item, CancellationToken stop)
    {
        await using var target = File.Create(log.Path); // twice: the last one counts, as when unpacked
        await walk.CopyTo(target, item.Size, stop);
    }

    private async Task Keep(TarWalk walk, TarItem item, string name, TarWriter tar, CancellationToken stop)
    {
        switch (item.Type)
        {
            case TarEntryType.Directory:
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.Directory, name + "/") { ModificationTime = item.Modified }, stop);
                break;
            case TarEntryType.SymbolicLink when item.Link.Length > 0:
                await tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.SymbolicLink, name) { LinkName = item.Link, ModificationTime = item.Modified }, stop);
                break;
            case TarEntryType.RegularFile when Known.Contains(name) || (!name.Contains('/', StringComparison.Ordinal) && name.EndsWith("-packages", StringComparison.Ordinal)):
                var content = await walk.Bytes(item.Size, MostSummary, name, stop);
                Note(name, content);
                await Write(new MemoryStream(content), item, name, tar, stop);
                break;
            case TarEntryType.RegularFile when item.Size <= MostInMemory:
                await Write(new MemoryStream(await walk.Bytes(item.Size, MostInMemory, name, stop)), item, name, tar, stop);
                break;
            case TarEntryType.RegularFile:
                using (var large = files.New())
                {
                    await using (var target = File.Create(large.Path))
                        await walk.CopyTo(target, item.Size, stop);
                    await using var content2 = File.OpenRead(large.Path);
                    await Write(content2, item, name, tar, stop);
                }
                break;
        }
    }

    private static Task Write(Stream content, TarItem item, string name, TarWriter tar, CancellationToken stop) =>
        tar.WriteEntryAsync(new PaxTarEntry(TarEntryType.RegularFile, name) { DataStream = content, ModificationTime = item.Modified }, stop);

    // "glibc<tab>2.41-6", a line for each package; of one in several lists the last counts, which is what a test installed on top.
    private void Note(string name, byte[] content)
    {
        if (Known.Contains(name))
            texts[name] = content;
        if (!name.EndsWith("-packages", StringComparison.Ordinal))
            return;
        foreach (var line in Encoding.UTF8.GetString(content).Split('\n'))
        {
            if (line.Split('\t') is [var package, var version, ..] && (installed.Count < MostPackages || installed.ContainsKey(package)))
                installed[package] = version.Trim();
        }
    }

    private async Task CheckLog(CancellationToken stop)
    {
        if (!File.Exists(log.Path))
            return;
        try
        {
            await using var plain = OpenLog();
            var piece = new byte[80 << 10];
            for (var size = 0L; await plain.ReadAsync(piece, stop) is > 0 and var length;)
            {
                if ((size += length) > caps.Log)
                    throw new RefusedException(RefusalCode.TooLarge, $"Unpacked log.gz has more than {caps.Log} bytes.");
            }
        }
        catch (InvalidDataException)
        {
            throw Wrong("log.gz is no gzip file that can be read.");
        }
    }

    private string Text(string name) => texts.TryGetValue(name, out var content) ? Encoding.UTF8.GetString(content) : "";

    private int? Number(string name) => int.TryParse(Text(name).Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static RefusedException Wrong(string sentence) => new(RefusalCode.Invalid, sentence);
}
