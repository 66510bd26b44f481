using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Debci.Playground;

namespace Debci.Workers.Tests.Conformance;

/// <summary>What both workers do with one run, over the protocol alone.</summary>
public class OneRunTests
{
    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_pass_is_reported_with_its_log_its_files_and_the_key_in_every_call(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { version = "2.10-3", log = new[] { "one", "two" } } }, "--once");
        var (code, lines) = await worker.EndAsync();

        Assert.Equal(0, code);
        var report = server.Report!.Value;
        Assert.Equal((0, false, 8L), (report.GetProperty("exitCode").GetInt32(), report.GetProperty("timedOut").GetBoolean(), report.GetProperty("logSize").GetInt64()));
        Assert.Equal("command1             PASS\n", report.GetProperty("summary").GetString());
        Assert.Equal("hello 2.10-3\n", report.GetProperty("testpkgVersion").GetString());
        Assert.True(report.TryGetProperty("startedAt", out var started) && started.TryGetDateTimeOffset(out _));
        Assert.Equal("one\ntwo\n", Encoding.UTF8.GetString(server.Log));
        Assert.StartsWith("base-files\t", Encoding.UTF8.GetString(server.Files["testbed-packages"]), StringComparison.Ordinal);
        Assert.Equal(["log", "summary", "testbed-packages", "testpkg-version"], Names(server.Files["artifacts"]));
        Assert.All(server.Calls, c => Assert.Equal("Bearer sesame", c.Key));
        Assert.All(server.Calls.Where(c => c.Name != "claim"), c => Assert.Contains("worker=host-1", c.Query, StringComparison.Ordinal));
        Assert.DoesNotContain("sesame", lines, StringComparison.Ordinal);
        Assert.Empty(worker.Leftovers);
    }

    [Theory]
    [InlineData(WorkerKind.Net, 4)]
    [InlineData(WorkerKind.Net, 20)]
    [InlineData(WorkerKind.Portable, 4)]
    [InlineData(WorkerKind.Portable, 20)]
    public async Task A_fail_is_reported_with_its_exit_code(WorkerKind kind, int exitCode)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("figlet"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { figlet = new { exitCode } }, "--once");
        await worker.EndAsync();

        Assert.Equal(exitCode, server.Report!.Value.GetProperty("exitCode").GetInt32());
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_was_killed_by_a_signal_is_no_pass(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { die = true } }, "--once");
        await worker.EndAsync();

        Assert.Equal((128 + 9, ""), (server.Report!.Value.GetProperty("exitCode").GetInt32(), server.Report!.Value.GetProperty("summary").GetString()));
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Any_bytes_of_a_long_log_arrive_in_ranges_and_a_gap_in_it_is_filled(WorkerKind kind)
    {
        var bytes = new byte[3_000_000];
        new Random(1).NextBytes(bytes);
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (name, count) =>
        {
            if ((name, count) is ("log", 2) or ("report", 1))
                server.ForgetLogBehind(1000);
            return Mishap.None;
        };
        using var folder = new Folder();
        await File.WriteAllBytesAsync(folder.File("raw.log"), bytes);
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { log = Array.Empty<string>(), logFile = "raw.log" } }, "--once");
        await worker.EndAsync();

        Assert.True(bytes.AsSpan().SequenceEqual(server.Log));
        Assert.Equal((2, 1, 1 << 20), (server.Count("report"), server.ReportsTaken, server.LargestLogCall));
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Calls_without_an_answer_are_made_again_and_nothing_is_doubled(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        server.Mishaps = (name, count) => (name, count) switch
        {
            (_, 1) => Mishap.AnswerLost,
            ("claim" or "artifacts", 2) => Mishap.Proxy404,
            ("log" or "report", 2) => Mishap.ServerError,
            _ => Mishap.None,
        };
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { log = new[] { "one", "two" } } }, "--once");
        await worker.EndAsync();

        Assert.Equal("one\ntwo\n"u8.ToArray(), server.Log);
        Assert.Equal((3, 1), (server.Count("report"), server.ReportsTaken));
        Assert.Single(server.Calls.Where(c => c.Name == "claim").Select(c => c.Json!.Value.GetProperty("claim").GetString()).Distinct());
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task Files_that_the_server_finds_too_large_are_left_out_and_the_result_still_counts(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (name, _) => name == "artifacts" ? Mishap.TooLarge : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { }, "--once");
        await worker.EndAsync();

        Assert.Equal((1, 1), (server.Count("artifacts"), server.ReportsTaken));
    }

    private static List<string> Names(byte[] archive)
    {
        using var tar = new TarReader(new GZipStream(new MemoryStream(archive), CompressionMode.Decompress));
        var names = new List<string>();
        while (tar.GetNextEntry() is { } entry)
            names.Add(entry.Name);
        return names;
    }
}
