using Debci.Playground;

namespace Debci.Workers.Tests.Conformance;

/// <summary>A worker is killed, and the next one starts in its directory.</summary>
public class RestartTests
{
    [Theory]
    [InlineData(WorkerKind.Net)]
    [InlineData(WorkerKind.Portable)]
    public async Task A_test_that_was_under_way_is_ended_and_given_up(WorkerKind kind)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        using var folder = new Folder();
        using var killed = WorkerProgram.StartFake(kind, server, folder.Path, new { hello = new { sleepSeconds = 600 } });
        await server.UntilAsync(s => s.Log.Length > 0);
        killed.KillHard();
        await killed.EndAsync();
        Assert.NotEmpty(killed.Living());

        using var next = WorkerProgram.StartFake(kind, server, folder.Path, new { }, "--once");
        await next.EndAsync();

        Assert.Empty(next.Living());
        Assert.Empty(next.Leftovers);
        Assert.All(server.Calls.Where(c => c.Name == "report"), c => Assert.Contains("/runs/2/", c.Path, StringComparison.Ordinal));
        Assert.Equal(1, server.ReportsTaken);
    }

    // debci-worker gives up this one too: its lease expires, and the server has it tried again.
    [Theory]
    [InlineData(WorkerKind.Net, 0)]
    [InlineData(WorkerKind.Portable, 1)]
    public async Task A_test_that_had_ended_is_reported_once_or_given_up_whole(WorkerKind kind, int reports)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        using var folder = new Folder();
        var scenario = new { hello = new { exitCode = 4, log = new[] { "one", "two" } } };
        await KilledWithAResultAsync(kind, server, folder, scenario);
        server.ForgetLogBehind(4); // what is missing is sent again

        using var next = WorkerProgram.StartFake(kind, server, folder.Path, scenario, "--once");
        var (code, _) = await next.EndAsync();

        Assert.Equal(0, code);
        var taken = server.Calls.Where(c => c.Name == "report").Skip(1).ToList();
        Assert.Equal(reports, taken.Count(c => c.Path.Contains("/runs/1/", StringComparison.Ordinal)));
        Assert.Equal(1, taken.Count(c => c.Path.Contains("/runs/2/", StringComparison.Ordinal)));
        if (reports == 1)
        {
            Assert.Equal((4, 8), (server.Report!.Value.GetProperty("exitCode").GetInt32(), server.Report!.Value.GetProperty("logSize").GetInt32()));
            Assert.StartsWith("one\ntwo\n", System.Text.Encoding.UTF8.GetString(server.Log), StringComparison.Ordinal);
        }
        Assert.Empty(next.Leftovers);
    }

    [Fact]
    public async Task A_result_is_kept_through_a_bad_key_and_a_second_kill()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1));
        using var folder = new Folder();
        await KilledWithAResultAsync(WorkerKind.Portable, server, folder, new { });
        server.Mishaps = (_, _) => Mishap.BadKey;
        using (var refused = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { }))
            Assert.Equal(1, (await refused.EndAsync()).Code);
        server.Mishaps = (name, _) => name == "log-size" ? Mishap.ServerError : Mishap.None;
        using (var killed = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { }))
        {
            var before = server.Count("log-size");
            await server.UntilAsync(s => s.Count("log-size") > before);
            killed.KillHard();
            await killed.EndAsync();
        }
        server.Mishaps = (_, _) => Mishap.None;

        using var last = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { });
        await server.UntilAsync(s => s.ReportsTaken == 1);
        await server.UntilAsync(s => s.Count("claim") > 1);
        await last.StopAsync();

        Assert.Empty(last.Leftovers);
    }

    [Fact]
    public async Task A_result_that_comes_too_late_after_a_restart_is_dropped()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        using var folder = new Folder();
        await KilledWithAResultAsync(WorkerKind.Portable, server, folder, new { });
        server.Mishaps = (name, count) => name == "log-size" ? Mishap.NotYours : Mishap.None;

        using var next = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { }, "--once");
        await next.EndAsync();

        Assert.Empty(next.Leftovers);
        Assert.Equal("/worker/v1/runs/2/attempts/1/report", server.Calls.Last(c => c.Name == "report").Path);
    }

    [Fact]
    public async Task A_claim_whose_answer_was_never_read_is_repeated_after_a_kill_and_gives_the_same_run()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        server.Mishaps = (name, _) => name == "claim" ? Mishap.AnswerLost : Mishap.None;
        using var folder = new Folder();
        using var killed = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { });
        await server.UntilAsync(s => s.Count("claim") > 0);
        killed.KillHard();
        await killed.EndAsync();
        server.Mishaps = (_, _) => Mishap.None;

        using var next = WorkerProgram.StartFake(WorkerKind.Portable, server, folder.Path, new { }, "--once");
        await next.EndAsync();

        Assert.Equal("/worker/v1/runs/1/attempts/1/report", Assert.Single(server.Calls, c => c.Name == "report").Path);
        Assert.Single(server.Calls.Where(c => c.Name == "claim").Select(c => c.Json!.Value.GetProperty("claim").GetString()).Distinct());
    }

    [Theory]
    [InlineData(WorkerKind.Net, WorkerKind.Net)]
    [InlineData(WorkerKind.Portable, WorkerKind.Portable)]
    [InlineData(WorkerKind.Net, WorkerKind.Portable)]
    [InlineData(WorkerKind.Portable, WorkerKind.Net)]
    public async Task Two_workers_do_not_share_a_state_directory(WorkerKind one, WorkerKind other)
    {
        await using var server = await ServerDouble.StartAsync();
        using var folder = new Folder();
        using var first = WorkerProgram.StartFake(one, server, folder.Path, new { });
        await server.UntilAsync(s => s.Count("claim") > 0);
        using var second = WorkerProgram.StartFake(other, server, folder.Path, new { });
        var (code, lines) = await second.EndAsync();

        Assert.Equal(2, code);
        Assert.Contains("--state", lines, StringComparison.Ordinal);
    }

    // The server is away for the report alone: the worker dies with a result that it could not give.
    private static async Task KilledWithAResultAsync(WorkerKind kind, ServerDouble server, Folder folder, object scenario)
    {
        server.Mishaps = (name, _) => name == "report" ? Mishap.ServerError : Mishap.None;
        using var killed = WorkerProgram.StartFake(kind, server, folder.Path, scenario);
        await server.UntilAsync(s => s.Count("report") > 0);
        killed.KillHard();
        await killed.EndAsync();
        Assert.NotEmpty(killed.Leftovers);
        server.Mishaps = (_, _) => Mishap.None;
    }
}
