using Debci.Api.Amqp;
using Debci.Playground;
using Microsoft.Extensions.Logging.Abstractions;
using RabbitMQ.Client;

namespace Debci.Amqp.Tests;

/// <summary>Connections that end when they are told to, whatever the client library waits for.</summary>
public sealed class LinkTests
{
    [Fact]
    public async Task A_handler_that_never_ends_keeps_no_message_from_others_once_its_part_is_told_to_end()
    {
        var rabbit = await Rabbit.Shared;
        var settings = new AmqpSettings { Brokers = rabbit.Addresses, DeadLetters = "dead-link" };
        var health = new BridgeHealth(NullLogger<BridgeHealth>.Instance);
        using var stop = new CancellationTokenSource();
        var handled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var never = new TaskCompletionSource();
        var links = await Links.Connect(settings, health, default);
        var consuming = new Consuming(settings, NullLogger.Instance).Run(links, ["link"], 1, (_, _) => { handled.TrySetResult(); return never.Task; }, () => { }, stop.Token);
        await using var other = await rabbit.Connect();
        await using var channel = await other.CreateChannelAsync();
        await Eventually.True("the queue is there", async () => await Declared(other, "link"));
        await channel.BasicPublishAsync("", "link", new ReadOnlyMemory<byte>([1]));
        await handled.Task;

        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);

        Assert.Equal("a channel did not end in time", await links.Ended(default));
        await Eventually.True("somebody else gets it", async () => await channel.BasicGetAsync("link", autoAck: true) is { Redelivered: true });
        await links.DisposeAsync();
        never.SetResult();
    }

    private static async Task<bool> Declared(IConnection connection, string queue)
    {
        await using var channel = await connection.CreateChannelAsync();
        try
        {
            return await channel.QueueDeclarePassiveAsync(queue) is not null;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return false;
        }
    }
}
