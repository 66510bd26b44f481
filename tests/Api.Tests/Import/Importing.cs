using Debci.Api.Dispatch;
using Debci.Api.Files;
using Debci.Api.Import;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Tests.Import;

/// <summary>Importing into a server that runs.</summary>
internal static class Importing
{
    /// <summary>What debci itself has written.</summary>
    public static string Samples => Repository.Path("tests/Api.Tests/Import/Samples");

    /// <summary>Imports, and waits until the rows have it.</summary>
    public static async Task<ImportReport> Import(this Server server, IReadOnlyList<string> places, string? map = null, string requester = "alice", bool hidden = false, CancellationToken cancellation = default)
    {
        var database = server.Get<NpgsqlDataSource>();
        using var sources = new Sources();
        foreach (var place in places)
            await sources.Add(place, null, cancellation);
        var report = new ImportReport();
        await new RunImport(server.Get<IEventLog>(), new ImportedIds(database), new Requesters(database, Requesters.Read(map), requester), new Texts(database),
            new ImportedFiles(server.Get<IFileStore>(), server.Get<AsideFolder>()), hidden).Run(sources.All, 0, report, cancellation);
        await server.Passed();
        return report;
    }

    /// <summary>Waits until the rows have all that is in the log.</summary>
    public static async Task Passed(this Server server) =>
        Assert.True(await server.Get<ReadPosition>().WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(30)));

    /// <summary>A record as debci's listing has it.</summary>
    public static Dictionary<string, object?> Record(long run, string package = "green", string? status = "pass", string? trigger = "green/2", DateTime? at = null) => new()
    {
        ["trigger"] = trigger, ["package"] = package, ["arch"] = "amd64", ["suite"] = "testing", ["version"] = "2", ["status"] = status, ["run_id"] = run, ["is_private"] = false,
        ["extra_apt_sources"] = Array.Empty<string>(), ["updated_at"] = $"{at ?? new DateTime(2026, 1, 2, 3, 4, 5):yyyy-MM-dd'T'HH:mm:ss}.678Z",
        ["date"] = $"{at ?? new DateTime(2026, 1, 2, 3, 4, 5):yyyy-MM-dd'T'HH:mm:ss}.000Z", ["duration_seconds"] = 7,
    };

    /// <summary>The result of a run in a tree of debci's, as its worker sends it.</summary>
    public static void AddResult(string root, long run, int exitCode, DateTime at, string package = "green", int logBytes = 40)
    {
        var folder = Directory.CreateDirectory(Path.Combine(root, "autopkgtest", "testing", "amd64", package[..1], package, $"{run}")).FullName;
        foreach (var (name, text) in new[] { ("exitcode", $"{exitCode}\n"), ("duration", "7\n"), ("testpkg-version", $"{package} 2\n"), ("worker", "ci-worker01\n"), ("summary", $"t {(exitCode == 0 ? "PASS" : "FAIL")}\n") })
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            File.SetLastWriteTimeUtc(Path.Combine(folder, name), at);
        }
        using var log = new System.IO.Compression.GZipStream(File.Create(Path.Combine(folder, "log.gz")), System.IO.Compression.CompressionLevel.Fastest);
        log.Write(System.Text.Encoding.ASCII.GetBytes($"log of run {run}\n".PadLeft(logBytes, '.')));
    }
}
