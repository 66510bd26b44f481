using Debci.Api.Amqp;
using Debci.Playground;
using RabbitMQ.Client;

namespace Debci.Amqp.Tests;

/// <summary>A broker that is short of memory takes nothing from those who send, for as long as that lasts.</summary>
public sealed class AlarmTests
{
    [Fact]
    public async Task While_the_broker_takes_nothing_a_run_is_sent_once_and_results_come_in_all_the_same()
    {
        using var rabbit = await Rabbit.Start(1);
        await using var world = await Bridged.Start(rabbit: rabbit, limits: new FleetLimits(InFlight: 2));
        await world.IsReady();
        var done = (await world.Ask("done"))[0];
        await world.Next(world.Fleet);
        await using (var connection = await rabbit.Connect()) // a result that gets into its queue during the alarm, by the broker's own hand
        await using (var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true)))
        {
            await channel.QueueDeclareAsync("later", durable: true, exclusive: false, autoDelete: false,
                new Dictionary<string, object?> { ["x-dead-letter-exchange"] = "", ["x-dead-letter-routing-key"] = world.Results });
            await channel.BasicPublishAsync("", "later", mandatory: true, new BasicProperties { Persistent = true, Expiration = "4000" }, ResultTar.Of("testing", world.Name, "done", done));
        }

        await rabbit.Control(1, "set_vm_memory_high_watermark", "absolute", "1");
        var waits = (await world.Ask("waits"))[0];
        await Eventually.True("health names the part", async () => (await world.Health()).Contains("takes nothing", StringComparison.Ordinal));

        await world.Reaches(done, "FINISHED");
        Assert.True(await rabbit.IsEmpty(1, world.Results), "the result is acknowledged");
        await rabbit.Control(1, "set_vm_memory_high_watermark", "absolute", "512MiB");

        Assert.Equal($"waits testing run-id:{waits} backend:lxc", (await world.Next(world.Fleet)).Body);
        await Eventually.True("all is well again", async () => !(await world.Health()).Contains("amqp", StringComparison.Ordinal));
        Assert.Null(await world.TryNext(world.Fleet));
        Assert.Equal(["run.started.v1"], await world.Events(waits));
    }
}
