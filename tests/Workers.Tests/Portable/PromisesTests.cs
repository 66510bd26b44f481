using System.Formats.Tar;
using System.IO.Compression;
using Debci.Playground;

namespace Debci.Workers.Tests.Portable;

/// <summary>What the portable worker promises beyond debci-worker.</summary>
public class PromisesTests
{
    [Fact]
    public async Task A_test_ends_when_no_answer_came_for_long()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1, lease: 1), ServerDouble.Run("figlet", run: 2));
        var away = false;
        server.Mishaps = (name, _) => name is "heartbeat" or "log" && away ? Mishap.ServerError : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { hello = new { sleepSeconds = 600, log = new[] { "started" } } }, "--give-up-after", "1");
        await server.UntilAsync(s => s.Log.Length > 0);
        away = true;
        await worker.UntilSaysAsync("Run 1 is given up: the server was not heard of for 1 s");
        away = false;
        await server.UntilAsync(s => s.ReportsTaken > 0);
        await worker.StopAsync();

        Assert.Equal("/worker/v1/runs/2/attempts/1/report", Assert.Single(server.Calls, c => c.Name == "report").Path);
    }

    [Fact]
    public async Task A_worker_without_runs_ends_by_itself_when_it_may()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { }, "--idle-exit", "1");
        var (code, _) = await worker.EndAsync();

        Assert.Equal((0, 1), (code, server.ReportsTaken));
    }

    [Fact]
    public async Task Links_are_stored_as_links_pipes_are_left_out_and_so_are_files_that_are_huge()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "null"));
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("secret"), "the worker's own");
        using var worker = Stub.Start(server, folder, "null", $"""
            mkdir "$output/artifacts"
            ln -s {folder.File("secret")} "$output/summary"
            ln -s /etc "$output/artifacts/etc"
            mkfifo "$output/pipe"
            truncate --size=101M "$output/huge"
            echo kept > "$output/artifacts/small"
            """);
        await worker.EndAsync();

        Assert.Equal("", server.Report!.Value.GetProperty("summary").GetString());
        using var tar = new TarReader(new GZipStream(new MemoryStream(server.Files["artifacts"]), CompressionMode.Decompress));
        var entries = new List<(string, TarEntryType)>();
        while (tar.GetNextEntry() is { } entry)
            entries.Add((entry.Name, entry.EntryType));
        Assert.Equal(
            [("artifacts/", TarEntryType.Directory), ("artifacts/etc", TarEntryType.SymbolicLink), ("artifacts/small", TarEntryType.RegularFile),
             ("log", TarEntryType.RegularFile), ("summary", TarEntryType.SymbolicLink)], entries);
    }
}
