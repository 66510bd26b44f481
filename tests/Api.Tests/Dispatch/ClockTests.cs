using Debci.Api.Claims;
using Debci.Playground;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Api.Tests.Dispatch;

/// <summary>A database's clock that is set moves the leases with it, once, however many nodes see it.</summary>
public sealed class ClockTests : Dispatching
{
    [Fact]
    public async Task Leases_move_with_a_clock_that_is_set_forward_or_back()
    {
        var run = (await Queue(Alice, Test("hello")))[0];
        Assert.Equal(run, await Take("w1"));
        var (steady, other) = (new SteadyClock(), new SteadyClock());
        var (clock, another) = (Steps(steady), Steps(other));
        await clock.Mend(default);
        await another.Mend(default);
        var before = await Until(run);

        (steady.Seconds, other.Seconds) = (-3600, -3600); // as the nodes see it, the database's clock has run an hour ahead
        await clock.Mend(default);
        await another.Mend(default);
        Assert.InRange(await Until(run) - before, TimeSpan.FromSeconds(3590), TimeSpan.FromSeconds(3610));

        await clock.Mend(default);
        steady.Seconds += 3600; // and back
        await clock.Mend(default);
        Assert.InRange(await Until(run) - before, TimeSpan.FromSeconds(-10), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_further_attempt_waits_for_its_pause_and_not_for_a_clock_that_was_set_back()
    {
        await using var server = await Playground.Server.Start(c => c with { RetryPauseSeconds = 1 });
        var worker = server.Client(server.ReportKey);
        var run = (await server.Client(server.RequestKey).Request("hello")).Runs[0];
        await worker.Claim(waitSeconds: 10);
        await using (var ahead = server.Get<NpgsqlDataSource>().CreateCommand("update log.mt_events set timestamp = now() + interval '1 day'")) // dated before it was set back
            await ahead.ExecuteNonQueryAsync();
        using var reported = await worker.Report(run, exitCode: 16, summary: "", version: "");
        reported.EnsureSuccessStatusCode();
        Assert.Equal(run, (await worker.Claim("w2", waitSeconds: 20))?.GetProperty("run").GetInt64());
    }

    private ClockSteps Steps(TimeProvider clock) => new(Server.Get<NpgsqlDataSource>(), clock, NullLogger<ClockSteps>.Instance);

    private async Task<DateTime> Until(long run)
    {
        await using var command = Server.Get<NpgsqlDataSource>().CreateCommand($"select until from work.leases where run = {run}");
        return (DateTime)(await command.ExecuteScalarAsync())!;
    }

    // A steady clock that tests can set, which real ones forbid.
    private sealed class SteadyClock : TimeProvider
    {
        public double Seconds { get; set; }

        public override long GetTimestamp() => TimeProvider.System.GetTimestamp() + (long)(Seconds * TimestampFrequency);
    }
}
