namespace Debci.Workers.Tests;

public class LostAnswerTests
{
    public static IEnumerable<object[]> EveryCall() =>
        from call in new[] { "claim", "log", "testbed-packages", "artifacts", "report" }
        from mishap in new[] { Mishap.AnswerLost, Mishap.ServerError, Mishap.Proxy404 }
        select new object[] { call, mishap };

    [Theory]
    [MemberData(nameof(EveryCall))]
    public async Task A_call_without_an_answer_is_made_again_and_nothing_is_doubled(string call, Mishap mishap)
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", run: 1), ServerDouble.Run("figlet", run: 2));
        server.Mishaps = (name, count) => name == call && count <= 2 ? mishap : Mishap.None;
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server, new { hello = new { log = new[] { "one", "two" } } });

        Assert.Equal(3, server.Count(call));
        Assert.Equal("one\ntwo\n"u8.ToArray(), server.Log);
        Assert.Equal(1, server.ReportsTaken);
        Assert.Single(server.Calls.Where(c => c.Name == "claim").Select(c => c.Json!.Value.GetProperty("claim").GetString()).Distinct());
    }

    [Fact]
    public async Task A_lost_heartbeat_does_not_end_the_test()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", lease: 1));
        server.Mishaps = (name, count) => name == "heartbeat" && count % 2 == 1 ? Mishap.AnswerLost : Mishap.None;
        using var worker = new LocalWorker();

        await worker.RunOnceAsync(server, new { hello = new { sleepSeconds = 1.5 } });

        Assert.True(server.Count("heartbeat") >= 2);
        Assert.Equal(1, server.ReportsTaken);
    }

    [Fact]
    public async Task A_server_that_is_away_while_a_test_runs_has_all_of_it_after_it_came_back()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello", lease: 1));
        using var worker = new LocalWorker();
        var running = worker.RunOnceAsync(server, new { hello = new { sleepSeconds = 1, log = new[] { "one", "two" } } });
        await server.UntilAsync(s => s.Count("log") > 0);

        await server.GoAwayAsync();
        await WhenAsync(() => worker.Lines.Split("Trying again").Length > 5);
        await server.ComeBackAsync();
        await running;

        Assert.Equal("one\ntwo\n"u8.ToArray(), server.Log);
        Assert.Equal(1, server.ReportsTaken);
    }

    [Fact]
    public async Task A_server_that_was_away_before_the_first_claim_is_found_when_it_comes()
    {
        await using var server = await ServerDouble.StartAsync(ServerDouble.Run("hello"));
        await server.GoAwayAsync();
        using var worker = new LocalWorker();
        var running = worker.RunOnceAsync(server);

        await WhenAsync(() => worker.Lines.Split("Trying again").Length > 3);
        await server.ComeBackAsync();
        await running;

        Assert.Equal(1, server.ReportsTaken);
    }

    // The worker's journal has no signal of its own; it is looked at as often as the scheduler lets us, for a bounded time.
    private static async Task WhenAsync(Func<bool> condition)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await timer.WaitForNextTickAsync(limit.Token);
    }
}
