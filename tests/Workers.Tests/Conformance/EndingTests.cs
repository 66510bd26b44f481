using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Workers.Tests.Conformance;

/// <summary>How both workers end what they have begun: nothing of a test stays, and nobody is told what is not so.</summary>
public class EndingTests
{
    private static readonly object Endless = new { hello = new { sleepSeconds = 600, daemonise = true, log = new[] { "started" } } };

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_time_out_ends_the_test_and_its_daemons_and_is_reported_without_an_exit_code(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", timeout: 2));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, Endless, "--once");
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);
        var (code, _) = await worker.EndAsync();

        Assert.Equal(0, code);
        Assert.Equal((true, JsonValueKind.Null), (server.Report!.Value.GetProperty("timedOut").GetBoolean(), server.Report!.Value.GetProperty("exitCode").ValueKind));
        Assert.Empty(worker.Living(daemon));
        Assert.Empty(worker.Leftovers);
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_cancelled_run_is_ended_at_the_next_heartbeat_and_the_worker_claims_anew(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1, lease: 1), ServerDouble.Run("figlet", run: 2));
        var cancelled = false;
        server.Mishaps = (name, _) => name == "heartbeat" && cancelled ? Mishap.NotYours : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, Endless);
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);
        cancelled = true;
        await server.UntilAsync(s => s.Count("claim") > 1);
        cancelled = false;
        Assert.Empty(worker.Living(daemon));
        await server.UntilAsync(s => s.ReportsTaken > 0);
        await worker.StopAsync();

        Assert.DoesNotContain(server.Calls, c => c is { Name: "report", Path: var path } && path.Contains("/runs/1/", StringComparison.Ordinal));
        Assert.Equal(2, Claims(server).Take(2).Distinct().Count());
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_run_whose_server_was_not_heard_of_for_long_is_dropped(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1, lease: 1), ServerDouble.Run("figlet", run: 2));
        var away = false;
        server.Mishaps = (name, _) => name is "heartbeat" or "log" && away ? Mishap.ServerError : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, Endless, "--give-up-after", "2");
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);
        away = true;
        await server.UntilAsync(s => s.Count("claim") > 1);
        Assert.Empty(worker.Living(daemon));
        away = false;
        await server.UntilAsync(s => s.ReportsTaken > 0);
        await worker.StopAsync();

        Assert.DoesNotContain(server.Calls, c => c is { Name: "report", Path: var path } && path.Contains("/runs/1/", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_finished_run_waits_for_its_server_for_as_long_as_it_takes(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", lease: 1));
        server.Mishaps = (name, nth) => name == "heartbeat" || (name == "report" && nth < 4) ? Mishap.ServerError : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { }, "--once", "--give-up-after", "1");
        await worker.EndAsync();

        Assert.Equal(1, server.ReportsTaken);
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_report_that_comes_late_is_dropped_the_log_stays_and_the_worker_is_free(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        server.Mishaps = (name, count) => (name, count) is ("report", 1) ? Mishap.NotYours : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { log = new[] { "one", "two" } }, figlet = new { log = Array.Empty<string>() } });
        await server.UntilAsync(s => s.ReportsTaken > 0);
        await worker.StopAsync();

        Assert.Equal("one\ntwo\n"u8.ToArray(), server.Log);
        Assert.Equal(["/runs/1/", "/runs/2/"], server.Calls.Where(c => c.Name == "report").Select(c => c.Path["/worker/v1".Length..][.."/runs/1/".Length]));
    }

    [Theory]
    [InlineData(WorkerKind.Net, "TERM")]
    [InlineData(WorkerKind.Net, "INT")]
    [InlineData(WorkerKind.Portable, "TERM")]
    [InlineData(WorkerKind.Portable, "INT")]
    public async Task A_worker_that_is_told_to_end_finishes_its_run_first_and_claims_no_more(WorkerKind kind, string signal)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { sleepSeconds = 600, log = new[] { "started" } } });
        await server.UntilAsync(s => s.Log.Length > 0);
        await worker.SignalAsync(signal);
        await worker.UntilSaysAsync("Told to end");
        await EndSleepAsync(worker);
        var (code, _) = await worker.EndAsync();

        Assert.Equal(0, code);
        Assert.Equal((1, 1), (server.Count("claim"), server.ReportsTaken));
        Assert.Equal(128 + 15, server.Report!.Value.GetProperty("exitCode").GetInt32());
        Assert.Empty(worker.Leftovers);
    }

    [Theory]
    [InlineData(WorkerKind.Net, "TERM", 2)]
    [InlineData(WorkerKind.Net, "INT", 2)]
    [InlineData(WorkerKind.Net, "QUIT", 1)]
    [InlineData(WorkerKind.Portable, "TERM", 2)]
    [InlineData(WorkerKind.Portable, "INT", 2)]
    [InlineData(WorkerKind.Portable, "QUIT", 1)]
    public async Task A_worker_that_ends_its_run_leaves_no_process_no_file_and_no_report(WorkerKind kind, string signal, int times)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, Endless);
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);
        for (var time = 1; time <= times; time++)
        {
            await worker.SignalAsync(signal);
            if (time < times)
                await worker.UntilSaysAsync("Told to end"); // two signals at once would be one
        }
        var (code, _) = await worker.EndAsync();

        Assert.Equal(0, code);
        Assert.Empty(worker.Living(daemon));
        Assert.Empty(worker.Leftovers);
        Assert.Equal(0, server.Count("report"));
    }

    // The server has given a run, and its answer is on the way: nobody else would have it until the lease is over.
    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_run_that_was_given_while_the_worker_was_told_to_end_is_tested(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (name, count) => (name, count) is ("claim", 1) ? Mishap.AnswerHangs : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { });
        await server.UntilAsync(s => s.Count("claim") > 0);
        await worker.SignalAsync("TERM");
        await worker.EndAsync();

        Assert.Equal((2, 1), (server.Count("claim"), server.ReportsTaken));
        Assert.Single(Claims(server).Distinct());
        Assert.Equal(0, server.Calls.Last(c => c.Name == "claim").Json!.Value.GetProperty("waitSeconds").GetInt32());
    }

    // Whatever the server does with it: the disk is the host's.
    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_log_that_grew_beyond_its_limit_is_sent_to_there_and_the_report_names_it(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        await File.WriteAllBytesAsync(folder.File("raw.log"), new byte[1_500_000]);
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { log = Array.Empty<string>(), logFile = "raw.log", sleepSeconds = 600 } }, "--once", "--log-limit", "1");
        await worker.EndAsync();

        var report = server.Report!.Value;
        Assert.Equal((JsonValueKind.Null, false, true, 1_000_000L), (report.GetProperty("exitCode").ValueKind, report.GetProperty("timedOut").GetBoolean(),
            report.GetProperty("logTooLarge").GetBoolean(), report.GetProperty("logSize").GetInt64()));
        Assert.Equal(1_000_000, server.Log.Length);
        Assert.Empty(worker.Living());
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_worker_that_waits_for_a_run_ends_at_the_first_signal(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync();
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { });
        await server.UntilAsync(s => s.Count("claim") > 0);
        await worker.SignalAsync("TERM");
        var (code, _) = await worker.EndAsync();

        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_key_that_the_server_does_not_know_ends_the_worker_with_1_and_is_not_shown(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (_, _) => Mishap.BadKey;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(kind, server, folder.Path, new { });
        var (code, lines) = await worker.EndAsync();

        Assert.Equal(1, code);
        Assert.Contains("This key is not known here", lines, StringComparison.Ordinal);
        Assert.DoesNotContain("sesame", lines, StringComparison.Ordinal);
    }

    private static List<string?> Claims(ServerDouble server) =>
        [.. server.Calls.Where(c => c.Name == "claim").Select(c => c.Json!.Value.GetProperty("claim").GetString())];

    private static int Daemon(WorkerProgram worker) =>
        int.Parse(File.ReadAllText(Path.Combine(Assert.Single(worker.Leftovers), "test", "output", "daemon")), CultureInfo.InvariantCulture);

    private static async Task EndSleepAsync(WorkerProgram worker)
    {
        var sleep = worker.Living().Single(p => File.ReadAllText($"/proc/{p}/comm").Trim() == "sleep");
        using var kill = Process.Start("kill", ["-s", "TERM", sleep.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }
}
