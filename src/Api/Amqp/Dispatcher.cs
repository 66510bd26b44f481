using System.Text;
using Debci.Api.Claims;
using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;
using Mediator;
using RabbitMQ.Client;

namespace Debci.Api.Amqp;

/// <summary>
/// Gives runs to fleets of debci's own worker, which take what is in their queue and never claim: it claims on their behalf, as one worker
/// a fleet, and then delivers.
/// </summary>
internal sealed class Dispatcher(IMediator mediator, Deliveries deliveries, KnownRuns known, ReadPosition position, LiveConfiguration live, BridgeHealth health, ILogger<Dispatcher> logger)
{
    private static readonly TimeSpan ClaimWait = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>A part for each fleet.</summary>
    public IEnumerable<BridgePart> Parts(AmqpSettings settings) => settings.Fleets.Select(fleet =>
        new BridgePart(PartOf(fleet), (links, works, stop) => Work(fleet, links.Gives, works, stop)));

    /// <summary>The broker has lost what these fleets were sent; they are sent it again, at the next <see cref="Work"/>.</summary>
    public async Task Recall(IReadOnlyList<AmqpFleet> fleets, CancellationToken stop)
    {
        foreach (var fleet in fleets)
        {
            if (await deliveries.Recall(fleet, stop) is > 0 and var runs)
                logger.LogWarning("The broker has lost the queue {Queue}; {Runs} runs are delivered again.", fleet.Queue, runs);
        }
    }

    private static string PartOf(AmqpFleet fleet) => $"amqp dispatch {fleet.Arch} {fleet.Backend}";

    private async Task Work(AmqpFleet fleet, Link link, Action works, CancellationToken stop)
    {
        if (!await Broker.Has(link, fleet.Queue, stop))
            await Recall([fleet], stop);
        await using var open = await link.Open(confirms: true, atOnce: 1, stop);
        var channel = open.Channel;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        channel.ChannelShutdownAsync += (_, _) => { _ = either.CancelAsync(); return Task.CompletedTask; }; // the connection's loop waits for this, and must not for what that sets off
        // As debci's workers declare it: another declaration of one queue would be refused.
        await channel.QueueDeclareAsync(fleet.Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-max-priority"] = 10 }, cancellationToken: stop);
        works();
        try
        {
            while (true)
            {
                await Room(fleet, channel, either.Token);
                await Deliver(fleet, channel, Guid.CreateVersion7(), ClaimWait, either.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && channel.CloseReason is not null)
        {
            throw new IOException(channel.CloseReason.ReplyText);
        }
    }

    // What is claimed and not delivered here was left so by another node, or by this one before it was interrupted; and maybe only now: who does not lead any more learns
    // of it late, so it is looked for again and again. Who deletes the queue meanwhile ends the channel with it.
    private async Task Room(AmqpFleet fleet, IChannel channel, CancellationToken stop)
    {
        for (var looked = 0L; ;)
        {
            var next = position.NextMove;
            if (Environment.TickCount64 - looked > LookAgain.TotalMilliseconds)
            {
                await channel.QueueDeclarePassiveAsync(fleet.Queue, stop);
                looked = Environment.TickCount64;
            }
            foreach (var claim in await deliveries.Undelivered(fleet, stop))
                await Deliver(fleet, channel, claim, TimeSpan.Zero, stop);
            if (await deliveries.Count(fleet, stop) < fleet.Limits.InFlight)
                return;
            await next.WaitAsync(LookAgain, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stop.ThrowIfCancellationRequested();
        }
    }

    // It may end anywhere: what is leased and not confirmed is claimed again by its claim's id, which gives the same run, and delivered once more.
    private async Task Deliver(AmqpFleet fleet, IChannel channel, Guid claim, TimeSpan wait, CancellationToken stop)
    {
        var offer = new Offer([fleet.Arch], [fleet.Backend], []);
        if (await mediator.Send(new ClaimRun(Deliveries.Bridge, claim, fleet.Worker, offer, fleet.Limits.InFlight, "debci over AMQP", wait), stop) is not { } taken)
            return;
        var run = taken.Lease.Run.Id;
        var priority = (await known.Get(run, Caller.System, stop)).Priority;
        var properties = new BasicProperties { Persistent = true, Priority = (byte)priority, MessageId = $"{run}-{taken.Lease.Attempt}", ContentType = "text/plain" };
        await Publish(fleet, channel, properties, DebciLine.Write(taken, live.Current.EntryOf), stop);
        await deliveries.Confirm(new HeldRun(run, taken.Lease.Attempt, fleet.Worker), stop);
    }

    // Waits for the broker's word as long as the channel is there. Sent once more instead, it would come as often as it was sent when a broker that took
    // nothing for an hour (short of memory or disk) has room again.
    private async Task Publish(AmqpFleet fleet, IChannel channel, BasicProperties properties, string line, CancellationToken stop)
    {
        var published = channel.BasicPublishAsync("", fleet.Queue, mandatory: true, properties, Encoding.UTF8.GetBytes(line), stop).AsTask();
        using var slow = CancellationTokenSource.CreateLinkedTokenSource(stop);
        if (await Task.WhenAny(published, Task.Delay(Patience, slow.Token)) != published)
            health.Fails(PartOf(fleet), $"the broker has not confirmed run {properties.MessageId} for {Patience.TotalSeconds:0} seconds");
        await slow.CancelAsync();
        await published;
        health.Works(PartOf(fleet));
    }
}
