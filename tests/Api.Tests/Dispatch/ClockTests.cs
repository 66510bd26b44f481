using Debci.Api.Claims;
using Debci.Playground;
using Debci.Playground.EventStore;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Api.Tests.Dispatch;

/// <summary>A database's clock that is set moves the leases with it, once, however many nodes see it.</summary>
public sealed class ClockTests : Dispatching
{
    [Fact]
    public async Task Leases_begin_anew_when_a_clock_is_set_forward_or_back()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        var (steady, other) = (new SteadyClock(), new SteadyClock());
        var (clock, another) = (Steps(steady), Steps(other));
        await clock.Mend(default);
        await another.Mend(default);
        await Cut(run);
        (steady.Seconds, other.Seconds) = (-3600, -3600); // as the nodes see it, the database's clock has run an hour ahead
        await clock.Mend(default);
        await another.Mend(default);
        Assert.InRange(await Left(run), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));

        await clock.Mend(default);
        await Cut(run);
        steady.Seconds += 3600; // and back
        await clock.Mend(default);
        Assert.InRange(await Left(run), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
    }

    [Fact]
    public async Task Leases_begin_anew_when_nobody_could_look_after_them()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        await Server.Get<Leases>().Watch(60, default);
        await Do("update work.leases set until = now() - interval '1 minute'"); // the server was away, and no worker could call
        await Do("update work.watch set at = now() - interval '2 minutes'");
        await Server.Get<Rescuer>().Rescue(default);
        Assert.InRange(await Left(run), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
        await Do("update work.leases set until = now() - interval '1 minute'"); // this time it was the worker
        await Server.Get<Rescuer>().Rescue(default);
        await Passed();
        Assert.Equal(run, await Take("w2"));
    }

    [Fact]
    public async Task A_run_whose_worker_beats_for_ever_is_lost_when_no_run_may_take_so_long()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        await Server.Get<Rescuer>().Rescue(default);
        using (var beat = await Workers.PostAsync($"/worker/v1/runs/{run}/attempts/1/heartbeat?worker=w1", null))
            beat.EnsureSuccessStatusCode();
        await Do("update work.leases set since = now() - interval '1 day'");
        await Server.Get<Rescuer>().Rescue(default);
        using (var beat = await Workers.PostAsync($"/worker/v1/runs/{run}/attempts/1/heartbeat?worker=w1", null))
            Assert.Equal(System.Net.HttpStatusCode.Conflict, beat.StatusCode);
        await Passed();
        Assert.Equal(run, await Take("w2"));
    }

    [OnPostgresFact("dates stored events anew")]
    public async Task A_further_attempt_waits_for_its_pause_and_not_for_a_clock_that_was_set_back()
    {
        await using var server = await Playground.Server.Start(c => c with { RetryPauseSeconds = 1 });
        var worker = server.Client(server.ReportKey);
        var run = (await server.Client(server.RequestKey).Request("hello")).Runs[0];
        await BreakUnderAClockThatWasSetBack(server, worker, run);
        Assert.Equal(run, (await worker.Claim("w2", waitSeconds: 20))?.GetProperty("run").GetInt64());
    }

    [OnPostgresFact("dates stored events anew")]
    public async Task The_row_of_a_further_attempt_says_what_the_log_says_whatever_the_clock_is()
    {
        await using var server = await Playground.Server.Start(c => c with { RetryPauseSeconds = 60 });
        var worker = server.Client(server.ReportKey);
        var run = (await server.Client(server.RequestKey).Request("hello")).Runs[0];
        await BreakUnderAClockThatWasSetBack(server, worker, run);
        await Import.Importing.Passed(server);
        await using var row = server.Get<NpgsqlDataSource>().CreateCommand("select not_before > now() + interval '1 day' from read.queue");
        Assert.True((bool)(await row.ExecuteScalarAsync())!);
    }

    [Fact]
    public async Task A_clock_that_was_set_back_while_nobody_looked_gives_no_lease_a_day()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        await Do("update work.leases set until = now() + interval '1 day'"); // by the time of before
        await Do("insert into work.watch (at) values (now() + interval '1 day') on conflict (one) do update set at = excluded.at");
        await Server.Get<Rescuer>().Rescue(default);
        Assert.InRange(await Left(run), TimeSpan.FromSeconds(50), TimeSpan.FromSeconds(61));
    }

    [Fact]
    public async Task A_round_that_cannot_tell_whether_the_clock_was_set_loses_nothing()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        await Server.Get<Leases>().Watch(60, default);
        await Do("update work.leases set until = now() - interval '1 second'");
        await Rescuer(new SteadyClock { Pace = 2 }).Rescue(default); // the look took two seconds, in which the clock may have been set
        Assert.False(await IsLost(run));
        await Rescuer(new SteadyClock()).Rescue(default);
        await Passed();
        Assert.Equal(run, await Take("w2"));
    }

    [Fact]
    public async Task A_pause_that_a_clock_set_back_has_made_longer_than_any_is_over()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        using (await Workers.Report(run, exitCode: 16, summary: "", version: "")) { }
        await Passed();
        await Do("update read.queue set not_before = now() + interval '1 day'"); // it was a minute, by the time of before
        Assert.Equal(run, await Take("w2"));
    }

    private async Task<bool> IsLost(long run)
    {
        await using var command = Server.Get<NpgsqlDataSource>().CreateCommand($"select not exists (select from work.leases where run = {run} and not lost)");
        return (bool)(await command.ExecuteScalarAsync())!;
    }

    private Rescuer Rescuer(TimeProvider clock) => new(Server.Get<Leases>(), Steps(clock), Server.Get<Runs.RunCommands>(), Server.Get<Api.Configuration.LiveConfiguration>(), NullLogger<Rescuer>.Instance);

    private ClockSteps Steps(TimeProvider clock) => new(Server.Get<NpgsqlDataSource>(), Server.Get<Api.Configuration.LiveConfiguration>(), clock, NullLogger<ClockSteps>.Instance);

    private async Task<TimeSpan> Left(long run)
    {
        await using var command = Server.Get<NpgsqlDataSource>().CreateCommand($"select until - now() from work.leases where run = {run}");
        return (TimeSpan)(await command.ExecuteScalarAsync())!;
    }

    private Task Cut(long run) => Do($"update work.leases set until = now() + interval '10 seconds' where run = {run}");

    private async Task Do(string sql)
    {
        await using var command = Server.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    // The machine's steady clock, but that tests can set it, which real ones forbid. It goes on meanwhile, as the database's does.
    private sealed class SteadyClock : TimeProvider
    {
        public double Seconds { get; set; }

        /// <summary>How many seconds pass from look to look.</summary>
        public double Pace { get; init; }

        public override long GetTimestamp() => TimeProvider.System.GetTimestamp() + (long)((Seconds += Pace) * TimestampFrequency);
    }

    // A first attempt whose testbed breaks; what was stored before is dated a day ahead, as by a clock that was set back since.
    private static async Task BreakUnderAClockThatWasSetBack(Playground.Server server, HttpClient worker, long run)
    {
        await worker.Claim(waitSeconds: 10);
        await using (var ahead = server.Get<NpgsqlDataSource>().CreateCommand("update log.mt_events set timestamp = now() + interval '1 day'"))
            await ahead.ExecuteNonQueryAsync();
        using var reported = await worker.Report(run, exitCode: 16, summary: "", version: "");
        reported.EnsureSuccessStatusCode();
    }
}
