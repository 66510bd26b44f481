using System.IO.Compression;
using System.Text;
using Debci.Api.Files;
using Debci.Api.Files.Disk;
using Debci.Domain;

namespace Debci.Api.Tests.Files;

/// <summary>A root of its own with stores over it; the stores hold nothing, so making new ones is a restart.</summary>
public sealed class FileTree : IDisposable
{
    public static readonly RunKey Hello = new(71831181, "hello", "bookworm", "amd64", Private: false);
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Longer than any test waits: what ends sooner was woken.</summary>
    public static readonly TimeSpan Forever = TimeSpan.FromHours(1);

    private readonly string root = Directory.CreateTempSubdirectory("debci-files-").FullName;

    public FileTree()
    {
        Layout = new FileLayout(root);
        Aside = new AsideFolder(Layout, TimeProvider.System);
        Store = new DiskStore(Layout, Aside);
    }

    public FileLayout Layout { get; }
    public AsideFolder Aside { get; }
    public IFileStore Store { get; }
    public LogGates Gates { get; } = new();
    public string Attempt => Layout.OfAttempt(Hello, 1);

    public LogStore Logs(long cap = long.MaxValue) => new(new LogFolders(Layout), _ => cap, Gates, TimeProvider.System);

    public ArtifactStore Artifacts(FileCaps? caps = null) => new(Store, Aside, caps ?? new FileCaps());

    public PublishedFiles Published() => new(Store, Logs());

    /// <summary>Where a file of hello's run is on disk; null when it has none.</summary>
    public async Task<string?> Shown(RunFile file) => await Published().Find(Hello, file, CancellationToken.None) is { } found ? Layout.At(found.Path) : null;

    public string LogPath(string name) => Path.Combine(Attempt, name);

    /// <summary>Every file under the root, by its path from there, but for those that are there to be locked.</summary>
    public IReadOnlyList<string> AllFiles() =>
        [.. Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path))
            .Where(path => !Layout.At(path).StartsWith(Layout.Locks, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(root, recursive: true);

    /// <summary>Log lines that compress like a log, the same for the same seed.</summary>
    public static byte[] LogOf(int length, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder(length + 100);
        while (text.Length < length)
            text.Append(text.Length).Append("s: Get:").Append(random.Next(500)).Append(" http://deb.debian.org/debian bookworm/main\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    public static byte[] Gzip(byte[] plain, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, level))
            gzip.Write(plain);
        return packed.ToArray();
    }

    /// <summary>What zcat prints.</summary>
    public static byte[] Zcat(string path)
    {
        using var gzip = new GZipStream(File.OpenRead(path), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }
}

/// <summary>The calls of the log store in the words of the tests.</summary>
public static class LogCalls
{
    public static Task<LogAppend> Send(this LogStore logs, byte[] log, int from, int to, int attempt = 1) =>
        logs.Append(FileTree.Hello, attempt, from, new MemoryStream(log, from, to - from), CancellationToken.None);

    public static async Task<long> Sent(this LogStore logs) => (await logs.Size(FileTree.Hello, 1, CancellationToken.None)).Sent;

    public static Task<LogSize> Finish(this LogStore logs, int attempt = 1) => logs.Finish(FileTree.Hello, attempt, CancellationToken.None);

    public static Task<byte[]> Read(this LogStore logs, long from, int most) => logs.Read(FileTree.Hello, 1, from, most, CancellationToken.None);

    /// <summary>Sends the whole log in random pieces that overlap, with tries beyond the end, as a worker with bad luck would.</summary>
    public static async Task SendBadly(this LogStore logs, byte[] log, Random random, int mostPiece)
    {
        for (var sent = await logs.Sent(); sent < log.Length;)
        {
            var from = (int)Math.Clamp(sent + random.Next(-mostPiece, mostPiece / 4), 0, log.Length);
            var to = Math.Min(log.Length, from + random.Next(mostPiece));
            LogAppend expected = from > sent ? new LogAppend.Gap(sent) : new LogAppend.Taken(Math.Max(sent, to));
            Assert.Equal(expected, await logs.Send(log, from, to));
            sent = Math.Max(sent, from > sent ? sent : to);
        }
    }
}
