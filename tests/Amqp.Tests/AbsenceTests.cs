using Debci.Api.Amqp;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>A broker that goes away, however: nothing is lost, nothing ends twice, and everything else goes on.</summary>
[Collection("alone")]
public sealed class AbsenceTests
{
    [Fact]
    public async Task While_the_broker_is_away_health_says_so_everything_else_works_and_the_bridge_begins_when_it_comes()
    {
        using var rabbit = Rabbit.Absent();
        await using var world = await Bridged.Start(rabbit: rabbit, limits: new FleetLimits());
        var waits = (await world.Ask("green"))[0];
        await Eventually.True("health names the part", async () => (await world.Health()).Contains("\"amqp\":", StringComparison.Ordinal));
        await world.WorksByHttp();
        Assert.Equal("PENDING", (await world.Run(waits)).State); // it is not claimed for nobody

        rabbit.Run();

        await using (new Fleet(world))
            await world.Reaches(waits, "FINISHED");
        await Eventually.True("health names nothing of it any more", async () => !(await world.Health()).Contains("amqp", StringComparison.Ordinal)); // other parts come back on their own
    }
}

/// <summary>kill -9 of the only node.</summary>
[Collection("alone")]
public sealed class KilledBrokerTests
{
    [Fact]
    public async Task A_broker_that_is_killed_under_load_and_comes_back_loses_nothing_and_ends_nothing_twice()
    {
        using var rabbit = await Rabbit.Start(1);
        await using var world = await Bridged.Start(rabbit: rabbit, more: c => c with { LeaseSeconds = 2 }, limits: new FleetLimits(InFlight: 10));
        await world.IsReady();
        var packages = Enumerable.Range(0, 60).Select(i => $"package{i}").ToList();
        var fleet = new Fleet(world, 3);
        var sending = world.SendAll(packages);
        await Eventually.True("some are done", () => Task.FromResult(fleet.Results >= 10));

        rabbit.Kill(1);
        await Eventually.True("health names the part", async () => (await world.Health()).Contains("\"amqp\":", StringComparison.Ordinal));
        await world.WorksByHttp();
        await world.OutlivesLeases(TimeSpan.FromSeconds(4)); // of runs that are delivered, and not finished
        rabbit.StartNode(1);

        await sending;
        await world.AllEndOnce(packages, "FINISHED");
        await fleet.DisposeAsync();
    }
}
