using Debci.Api.Claims;
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
