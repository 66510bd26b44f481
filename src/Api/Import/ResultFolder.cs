using System.Formats.Tar;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Debci.Domain;

namespace Debci.Api.Import;

/// <summary>
/// The folder of one run: its small files loose, as a worker sends them, or in <c>artifacts.tar.gz</c>, into which debci's collector moves
/// all but <c>log.gz</c>.
/// </summary>
internal static class ResultFolder
{
    private const int MostBytes = 16 << 20;
    private static readonly string[] Wanted = ["exitcode", "duration", "testpkg-version", "worker", "summary", "testbed-packages", "testinfo.json"];

    private sealed record SmallFile(string Text, DateTimeOffset ModifiedAt);

    /// <summary>What a folder tells.</summary>
    /// <exception cref="NotUnderstoodException">It tells no result.</exception>
    public static DebciRecord Read(RunKey run, string folder)
    {
        var archive = Path.Combine(folder, "artifacts.tar.gz");
        var loose = Has(Path.Combine(folder, "exitcode"));
        var files = loose ? Loose(folder) : Has(archive) ? Archived(archive) : throw new NotUnderstoodException("it has neither an exitcode nor artifacts.tar.gz");
        if (!files.TryGetValue("exitcode", out var code) || !int.TryParse(code.Text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var exitCode))
            throw new NotUnderstoodException("its exitcode is missing or no number");
        var (status, message) = DebciRecord.Of(exitCode);
        var date = (files.GetValueOrDefault("duration") ?? code).ModifiedAt; // debci's date is the time of that file
        var seen = JsonRecord.Whole(File.GetLastWriteTimeUtc(loose ? Path.Combine(folder, "exitcode") : archive));
        var (trigger, doubts) = TriggerIn(files.GetValueOrDefault("testinfo.json")?.Text);
        return new DebciRecord(run, status, seen > date ? seen : date)
        {
            Date = date, Message = message, ExitCode = exitCode, Folder = folder,
            Version = files.GetValueOrDefault("testpkg-version")?.Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).LastOrDefault() is { } version
                ? StoredText.Clean(version, 200) : "n/a", // as debci says it
            Duration = int.TryParse(files.GetValueOrDefault("duration")?.Text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : null,
            Worker = files.GetValueOrDefault("worker")?.Text.Trim() is { } worker && Names.IsWorker(worker) ? worker : null,
            SummaryText = files.GetValueOrDefault("summary")?.Text, Summary = files.GetValueOrDefault("summary") is { } summary ? Summary.Parse(summary.Text) : null,
            TestbedPackages = files.GetValueOrDefault("testbed-packages")?.Text, Trigger = trigger, Doubts = doubts,
        };
    }

    /// <summary>Whether there is a file with something in it: no link, which could lead to anything on this host, no pipe and no device (these have no length).</summary>
    public static bool Has(string path) => new FileInfo(path) is { Exists: true, LinkTarget: null, Length: > 0 };

    private static Dictionary<string, SmallFile> Loose(string folder) => Wanted.Select(n => new FileInfo(Path.Combine(folder, n)))
        .Where(f => Has(f.FullName) && f.Length < MostBytes)
        .ToDictionary(f => f.Name, f => new SmallFile(File.ReadAllText(f.FullName), JsonRecord.Whole(f.LastWriteTimeUtc)), StringComparer.Ordinal);

    private static Dictionary<string, SmallFile> Archived(string path)
    {
        try
        {
            using var tar = new TarReader(new GZipStream(File.OpenRead(path), CompressionMode.Decompress));
            var files = new Dictionary<string, SmallFile>(StringComparer.Ordinal);
            while (tar.GetNextEntry() is { } entry)
            {
                var name = entry.Name.StartsWith("./", StringComparison.Ordinal) ? entry.Name[2..] : entry.Name;
                if (entry.DataStream is { } data && entry.Length < MostBytes && Wanted.Contains(name))
                    files[name] = new SmallFile(new StreamReader(data, Encoding.UTF8).ReadToEnd(), JsonRecord.Whole(entry.ModificationTime.ToUniversalTime()));
            }
            return files;
        }
        catch (Exception broken) when (broken is InvalidDataException or EndOfStreamException or FormatException or NotSupportedException)
        {
            throw new NotUnderstoodException($"its artifacts.tar.gz cannot be unpacked: {broken.Message}");
        }
    }

    // autopkgtest keeps the environment that its caller gave: ADT_TEST_TRIGGERS=a/1 b/2.
    private static (string? Words, IReadOnlyList<string> Doubts) TriggerIn(string? testinfo)
    {
        try
        {
            using var json = testinfo is null ? null : JsonDocument.Parse(testinfo);
            return (json?.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("custom_environment", out var words) && words.ValueKind == JsonValueKind.Array
                ? words.EnumerateArray().Select(w => w.ValueKind == JsonValueKind.String ? w.GetString()! : "")
                    .FirstOrDefault(w => w.StartsWith("ADT_TEST_TRIGGERS=", StringComparison.Ordinal))?["ADT_TEST_TRIGGERS=".Length..] : null, []);
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException) // the latter of strings that are no text
        {
            return (null, ["its testinfo.json cannot be read; its trigger is not known"]);
        }
    }
}
