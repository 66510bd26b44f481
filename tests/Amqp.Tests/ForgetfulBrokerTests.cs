using Debci.Api.Amqp;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>A broker that comes back without its queues (a new disk, another machine), or loses one: what was in them is sent again.</summary>
[Collection("alone")]
public sealed class ForgetfulBrokerTests
{
    [Fact]
    public async Task What_was_delivered_to_a_broker_that_has_forgotten_all_is_delivered_again_also_when_workers_declare_the_queue_first()
    {
        using var rabbit = await Rabbit.Start(1);
        await using var world = await Bridged.Start(rabbit: rabbit, limits: new FleetLimits(InFlight: 2));
        await world.IsReady();
        var runs = await world.Ask("green", "red");
        await Eventually.True("both are delivered", async () => await world.Waiting(world.Fleet) == 2);
        await Eventually.True("both are confirmed", async () => (await world.Server.Get<Deliveries>().Undelivered(new AmqpFleet(world.Name, "lxc", new FleetLimits()), default)).Count == 0);

        rabbit.Kill(1);
        rabbit.Forget(1);
        rabbit.StartNode(1);

        await using (new Fleet(world)) // which declares the queue as soon as it can connect
            foreach (var run in runs)
                await world.Reaches(run, "FINISHED", TimeSpan.FromMinutes(3));
        foreach (var run in runs)
            Assert.Equal(["run.started.v1", "run.finished.v1"], await world.Events(run));
    }

    [Fact]
    public async Task What_was_in_a_queue_that_somebody_deletes_is_delivered_again()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits(InFlight: 1));
        var run = (await world.Ask("green"))[0];
        await Eventually.True("it is delivered", async () => await world.Waiting(world.Fleet) == 1);

        await using (var connection = await world.Rabbit.Connect())
        await using (var channel = await connection.CreateChannelAsync())
            await channel.QueueDeleteAsync(world.Fleet, ifUnused: false, ifEmpty: false);

        Assert.Contains($"run-id:{run} ", (await world.Next(world.Fleet)).Body, StringComparison.Ordinal);
        Assert.Equal(["run.started.v1"], await world.Events(run));
    }
}
