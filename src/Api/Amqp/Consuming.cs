using System.Text;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Debci.Api.Amqp;

/// <summary>A message that came in. Its body is valid until it is handled.</summary>
/// <param name="Queue">From which queue.</param>
/// <param name="Id">The sender's own id for it; null for none.</param>
/// <param name="Redelivered">Whether it may have come before.</param>
/// <param name="Body">What it says.</param>
internal sealed record Message(string Queue, string? Id, bool Redelivered, ReadOnlyMemory<byte> Body)
{
    /// <summary>The batch that it is, once that is found out: tried again, it is the same.</summary>
    public string? Batch { get; set; }
}

/// <summary>
/// Takes messages from queues, so that none is lost: each is acknowledged when it is handled, or when the queue of dead letters has it, with
/// the reason. What is wrong with the database or the disk is waited for.
/// </summary>
/// <param name="settings">Where dead letters go.</param>
/// <param name="logger">For what should not happen.</param>
internal sealed class Consuming(AmqpSettings settings, ILogger logger)
{
    /// <summary>Headers of a dead letter.</summary>
    public const string Reason = "debci-reason", Code = "debci-code", From = "debci-queue";

    /// <summary>Declares the queues, all durable, and handles what comes until it is stopped or the broker ends it. Behind its end nothing is handled any more, but for what does not end when it is told to.</summary>
    /// <param name="links">To the broker.</param>
    /// <param name="queues">Their names.</param>
    /// <param name="atOnce">How many messages are handled at once; twice as many are held.</param>
    /// <param name="handle">Handles one; a <see cref="RefusedException"/> makes it a dead letter.</param>
    /// <param name="works">Called when all is in place.</param>
    /// <param name="stop">Ends it.</param>
    public async Task Run(Links links, IEnumerable<string> queues, ushort atOnce, Func<Message, CancellationToken, Task> handle, Action works, CancellationToken stop)
    {
        await using var taking = await links.Takes.Open(confirms: false, atOnce, stop);
        await using var burying = await links.Gives.Open(confirms: true, atOnce: 1, stop);
        var (channel, letters) = (taking.Channel, burying.Channel);
        var ended = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, e) => { ended.TrySetResult(e.ReplyText); return Task.CompletedTask; };
        letters.ChannelShutdownAsync += (_, e) => { ended.TrySetResult(e.ReplyText); return Task.CompletedTask; };
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var turns = new SemaphoreSlim(atOnce);

        var kind = settings.Quorum ? new Dictionary<string, object?> { ["x-queue-type"] = "quorum" } : null;
        await letters.QueueDeclareAsync(settings.DeadLetters, durable: true, exclusive: false, autoDelete: false, kind, cancellationToken: stop);
        await channel.BasicQosAsync(0, (ushort)(2 * atOnce), global: false, stop);
        try
        {
            foreach (var queue in queues)
            {
                await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, kind, cancellationToken: stop);
                var consumer = new AsyncEventingBasicConsumer(channel);
                consumer.ReceivedAsync += (_, e) => InTurn(turns, () => Take(channel, letters, queue, e, handle, why => ended.TrySetResult(why), either.Token), either.Token);
                consumer.UnregisteredAsync += (_, _) => { ended.TrySetResult($"the queue {queue} is gone, or its node"); return Task.CompletedTask; };
                await channel.BasicConsumeAsync(queue, autoAck: false, consumer, stop);
            }
            works();
            throw new IOException(await ended.Task.WaitAsync(stop));
        }
        finally
        {
            await either.CancelAsync(); // whatever is being handled comes again
            await AllDone(turns, atOnce); // and has let go of the database, which is closed soon where the server ends
        }
    }

    private static async Task InTurn(SemaphoreSlim turns, Func<Task> take, CancellationToken stop)
    {
        try
        {
            await turns.WaitAsync(stop);
        }
        catch (OperationCanceledException)
        {
            return; // too late; it comes again
        }
        try
        {
            await take();
        }
        finally
        {
            turns.Release();
        }
    }

    private async Task AllDone(SemaphoreSlim turns, ushort atOnce)
    {
        using var patience = new CancellationTokenSource(Link.Patience);
        try
        {
            for (var turn = 0; turn < atOnce; turn++)
                await turns.WaitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            logger.LogError("A message is still being handled {Seconds} seconds after that should have ended", Link.Patience.TotalSeconds);
        }
    }

    private async Task Take(IChannel channel, IChannel letters, string queue, BasicDeliverEventArgs e, Func<Message, CancellationToken, Task> handle, Action<string> end, CancellationToken stop)
    {
        try
        {
            if (await Handle(new Message(queue, e.BasicProperties.MessageId, e.Redelivered, e.Body), handle, stop) is { } refusal)
                await Bury(letters, queue, e, refusal, stop);
            await channel.BasicAckAsync(e.DeliveryTag, multiple: false, stop);
        }
        catch (Exception failure)
        {
            // Not acknowledged: over a new channel it comes again, and changes nothing the second time.
            end(Broker.Words(failure));
        }
    }

    // Null when it was handled.
    private async Task<Refusal?> Handle(Message message, Func<Message, CancellationToken, Task> handle, CancellationToken stop)
    {
        for (var backOff = new BackOff(); ; await backOff.Wait(stop))
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                await handle(message, stop);
                return null;
            }
            catch (Exception) when (stop.IsCancellationRequested)
            {
                throw; // the message comes again, to somebody whose database is not being closed
            }
            catch (RefusedException refused) when (refused.Refusal.Code != RefusalCode.NotYet)
            {
                return refused.Refusal;
            }
            catch (Exception passing) when (passing is RefusedException or NpgsqlException or StreamMovedException || Broker.IsFailure(passing))
            {
                logger.LogWarning("A message of {Queue} waits: {Reason}", message.Queue, Broker.Words(passing));
            }
            catch (Exception mistake)
            {
                logger.LogError(mistake, "A message of {Queue} could not be handled", message.Queue);
                return new Refusal(RefusalCode.Invalid, "The server could not handle this message; its log says why.");
            }
        }
    }

    private async Task Bury(IChannel letters, string queue, BasicDeliverEventArgs e, Refusal refusal, CancellationToken stop)
    {
        var properties = new BasicProperties
        {
            Persistent = true, MessageId = e.BasicProperties.MessageId, ContentType = e.BasicProperties.ContentType,
            Headers = new Dictionary<string, object?>
            {
                [Reason] = Encoding.UTF8.GetBytes(refusal.Sentence), [Code] = Http.RefusalAnswers.Show(refusal.Code), [From] = queue,
            },
        };
        await letters.BasicPublishAsync("", settings.DeadLetters, mandatory: true, properties, e.Body, stop);
        logger.LogWarning("A message of {Queue} went to {DeadLetters}: {Reason}", queue, settings.DeadLetters, refusal.Sentence);
    }
}
