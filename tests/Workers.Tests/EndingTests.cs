using System.Globalization;
using Debci.Playground;
using Debci.Workers.Processes;

namespace Debci.Workers.Tests;

/// <summary>How runs of debci-worker end; what the portable worker promises as well is in Conformance.</summary>
public class EndingTests
{
    private static readonly object Endless = new
    {
        hello = new { sleepSeconds = 600, daemonise = true, log = new[] { "started" } },
    };

    [Fact]
    public async Task A_daemon_that_a_finished_test_leaves_behind_is_ended_too()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(
            server, folder.Path, new { hello = new { sleepSeconds = 2, daemonise = true, log = new[] { "started" } } }, "--once");
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);

        await worker.EndAsync();

        Assert.Equal(0, server.Report!.Value.GetProperty("exitCode").GetInt32());
        Assert.Empty(worker.Living(daemon));
    }

    // A dead one that nobody notices holds up the end of the container that it was in.
    [Fact]
    public async Task The_end_of_a_daemon_is_noticed_while_the_test_goes_on()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(server, folder.Path, Endless);
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);

        Assert.True(SystemCalls.Kill(daemon));

        await Eventually.True("its number is free", () => Task.FromResult(!ProcessTable.Read().Any(p => p.Id == daemon)));
        Assert.NotEmpty(worker.Living());
        await worker.SignalAsync("QUIT");
        await worker.EndAsync();
        Assert.Empty(worker.Living());
    }

    [Fact]
    public async Task A_heartbeat_that_is_refused_ends_the_test_and_the_worker_claims_anew()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1, lease: 1), ServerDouble.Run("figlet", run: 2));
        var cancelled = false;
        server.Mishaps = (name, _) => name == "heartbeat" && cancelled ? Mishap.NotYours : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(server, folder.Path, Endless);
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);

        cancelled = true;
        await server.UntilAsync(s => s.Count("report") > 0);
        await worker.SignalAsync("QUIT");
        await worker.EndAsync();

        Assert.Empty(worker.Living(daemon));
        Assert.Equal(2, server.Calls.Where(c => c.Name == "claim").Select(c => c.Json!.Value.GetProperty("claim").GetString()).Take(2).Distinct().Count());
        Assert.Equal(1, server.ReportsTaken);
    }

    [Fact]
    public async Task A_test_ends_when_the_server_was_not_heard_of_for_long()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1, lease: 1), ServerDouble.Run("figlet", run: 2));
        var away = false;
        server.Mishaps = (name, _) => name is "heartbeat" or "log" && away ? Mishap.ServerError : Mishap.None;
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(server, folder.Path, Endless, "--give-up-after", "2");
        await server.UntilAsync(s => s.Log.Length > 0);
        var daemon = Daemon(worker);

        away = true;
        await server.UntilAsync(s => s.Count("claim") > 1);
        Assert.Empty(worker.Living(daemon));
        away = false;
        await server.UntilAsync(s => s.Count("report") > 0);
        await worker.SignalAsync("TERM");
        var (_, lines) = await worker.EndAsync();

        Assert.Contains("Run 1 is given up", lines, StringComparison.Ordinal);
        Assert.Equal(1, server.ReportsTaken);
    }

    [Fact]
    public async Task So_does_one_whose_server_is_away()
    {
        using var folder = new Folder();
        using var worker = WorkerProgram.Start(folder.Path, ["--server", "http://127.0.0.1:9/", "--name", "host-1", "--arch", "amd64", "--backend", "fake", "--idle-exit", "1"]);

        Assert.Equal(0, (await worker.EndAsync()).Code);
    }

    [Fact]
    public async Task A_worker_without_work_ends_when_it_was_told_to()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        using var folder = new Folder();
        using var worker = WorkerProgram.StartFake(server, folder.Path, new { }, "--idle-exit", "1");

        var (code, _) = await worker.EndAsync();

        Assert.Equal(0, code);
        Assert.Equal(1, server.ReportsTaken);
    }

    [Fact]
    public async Task A_report_that_comes_late_is_dropped_and_the_worker_is_free()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        server.Mishaps = (name, _) => name == "report" ? Mishap.NotYours : Mishap.None;
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server);

        Assert.Equal(1, server.Count("report"));
        Assert.Contains("NotOurs", worker.Lines, StringComparison.Ordinal);
        Assert.Empty(worker.Leftovers);
    }

    private static int Daemon(WorkerProgram worker) =>
        int.Parse(File.ReadAllText(Path.Combine(Assert.Single(worker.Leftovers), "test", "output", "daemon")), CultureInfo.InvariantCulture);
}
