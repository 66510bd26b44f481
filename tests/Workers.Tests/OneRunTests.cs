using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Debci.Workers.Backends;

namespace Debci.Workers.Tests;

public class OneRunTests
{
    [Fact]
    public async Task A_run_is_claimed_tested_and_reported_with_its_log_and_files()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server, new { hello = new { version = "2.10-3", log = new[] { "one", "two" } } });

        var report = server.Report!.Value;
        Assert.Equal(0, report.GetProperty("exitCode").GetInt32());
        Assert.False(report.GetProperty("timedOut").GetBoolean());
        Assert.Equal("command1             PASS\n", report.GetProperty("summary").GetString());
        Assert.Equal("hello 2.10-3\n", report.GetProperty("testpkgVersion").GetString());
        Assert.Equal(8, report.GetProperty("logSize").GetInt64());
        Assert.Equal("one\ntwo\n", Encoding.UTF8.GetString(server.Log));
        Assert.StartsWith("base-files\t", Encoding.UTF8.GetString(server.Files["testbed-packages"]), StringComparison.Ordinal);
        Assert.Equal(["log", "summary", "testbed-packages", "testpkg-version"], Names(server.Files["artifacts"]));
        Assert.Empty(worker.Leftovers);
    }

    [Fact]
    public async Task Every_call_carries_the_key_and_after_the_claim_the_workers_name()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server);

        Assert.All(server.Calls, c => Assert.Equal("Bearer sesame", c.Key));
        Assert.All(server.Calls.Where(c => c.Name != "claim"), c => Assert.Contains("worker=host-1", c.Query, StringComparison.Ordinal));
        var claim = server.Calls.First().Json!.Value;
        Assert.Equal("host-1", claim.GetProperty("worker").GetString());
        Assert.Equal("fake", claim.GetProperty("backends")[0].GetString());
        Assert.DoesNotContain("sesame", worker.Lines, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(16)]
    [InlineData(20)]
    [InlineData(99)]
    public async Task The_exit_code_is_reported_as_it_is(int code)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("figlet"));
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server, new { figlet = new { exitCode = code } });

        Assert.Equal(code, server.Report!.Value.GetProperty("exitCode").GetInt32());
    }

    [Fact]
    public async Task A_test_that_was_killed_by_a_signal_is_no_pass_and_leaves_an_empty_summary()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server, new { hello = new { die = true } });

        Assert.Equal(128 + 9, server.Report!.Value.GetProperty("exitCode").GetInt32());
        Assert.Equal("", server.Report!.Value.GetProperty("summary").GetString());
    }

    [Fact]
    public async Task A_worker_without_a_testbed_reports_a_testbed_failure_and_says_in_the_log_how_to_make_one()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", backend: "unshare"));
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server, new UnshareBackend("/nonexistent", user: null));

        Assert.Equal(16, server.Report!.Value.GetProperty("exitCode").GetInt32());
        Assert.Contains("ops/testbed bookworm amd64", Encoding.UTF8.GetString(server.Log), StringComparison.Ordinal);
        Assert.Empty(worker.Leftovers);
    }

    [Fact]
    public async Task Files_that_the_server_finds_too_large_are_left_out_and_the_result_still_counts()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (name, _) => name == "artifacts" ? Mishap.TooLarge : Mishap.None;
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server);

        Assert.Equal(1, server.Count("artifacts"));
        Assert.Equal(1, server.ReportsTaken);
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
