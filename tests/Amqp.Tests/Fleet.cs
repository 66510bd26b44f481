using System.Text;
using System.Text.RegularExpressions;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Debci.Amqp.Tests;

/// <summary>
/// Workers that behave as debci's: they take one message at a time, test, publish the result with a confirm, and only then acknowledge. When the broker goes, they
/// come back.
/// </summary>
internal sealed partial class Fleet : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly Task[] workers;
    private int results;

    /// <summary>How many results the broker has confirmed, those that it got twice included.</summary>
    public int Results => Volatile.Read(ref results);

    public Fleet(Bridged world, int workers = 2) => this.workers = [.. Enumerable.Range(0, workers).Select(_ => Work(world))];

    /// <summary>What debci's worker reads out of a line.</summary>
    public static (string Package, string Suite, long Run) Read(string line)
    {
        var words = line.Split(' ');
        return (words[0], words[1], long.Parse(RunId().Match(line).Groups[1].Value));
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(workers);
        stop.Dispose();
    }

    private async Task Work(Bridged world)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await world.Rabbit.Connect();
                await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
                await channel.BasicQosAsync(0, 1, global: false);
                var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                channel.ChannelShutdownAsync += (_, _) => { ended.TrySetResult(); return Task.CompletedTask; };
                var consumer = new AsyncEventingBasicConsumer(channel);
                consumer.UnregisteredAsync += (_, _) => { ended.TrySetResult(); return Task.CompletedTask; };
                consumer.ReceivedAsync += (_, e) => Test(world, channel, e);
                await channel.QueueDeclareAsync(world.Fleet, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-max-priority"] = 10 });
                await channel.BasicConsumeAsync(world.Fleet, autoAck: false, consumer);
                await ended.Task.WaitAsync(stop.Token);
            }
            catch (Exception away) when (away is RabbitMQ.Client.Exceptions.RabbitMQClientException or IOException or TimeoutException or OperationCanceledException or ObjectDisposedException)
            {
                // once more
            }
        }
    }

    private async Task Test(Bridged world, IChannel channel, BasicDeliverEventArgs e)
    {
        var (package, suite, run) = Read(Encoding.UTF8.GetString(e.Body.Span));
        try
        {
            await channel.BasicPublishAsync("", world.Results, mandatory: true, new BasicProperties { Persistent = true }, ResultTar.Of(suite, world.Name, package, run));
        }
        catch (RabbitMQ.Client.Exceptions.PublishException) // the broker did not take it: the run is tested again
        {
            await channel.BasicNackAsync(e.DeliveryTag, multiple: false, requeue: true);
            return;
        }
        Interlocked.Increment(ref results);
        await channel.BasicAckAsync(e.DeliveryTag, multiple: false);
    }

    [GeneratedRegex("run-id:([0-9]+)")]
    private static partial Regex RunId();
}
