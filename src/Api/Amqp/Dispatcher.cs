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
internal sealed class Dispatcher(IMediator mediator, Deliveries deliveries, KnownRuns known, ReadPosition position, LiveConfiguration live)
{
    private static readonly TimeSpan ClaimWait = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan ConfirmAtMost = TimeSpan.FromSeconds(30);

    /// <summary>A part for each fleet.</summary>
    public IEnumerable<BridgePart> Parts(AmqpSettings settings) => settings.Fleets.Select(fleet =>
        new BridgePart($"amqp dispatch {fleet.Arch} {fleet.Backend}", (connection, works, stop) => Work(fleet, connection, works, stop)));

    private async Task Work(AmqpFleet fleet, IConnection connection, Action works, CancellationToken stop)
    {
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), stop);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop);
        channel.ChannelShutdownAsync += (_, _) => either.CancelAsync();
        // As debci's workers declare it: another declaration of one queue would be refused.
        await channel.QueueDeclareAsync(fleet.Queue, durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-max-priority"] = 10 }, cancellationToken: stop);
        works();
        try
        {
            foreach (var claim in await deliveries.Undelivered(fleet, either.Token))
                await Deliver(fleet, channel, claim, TimeSpan.Zero, either.Token);
            while (true)
            {
                await Room(fleet, either.Token);
                await Deliver(fleet, channel, Guid.CreateVersion7(), ClaimWait, either.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested && channel.CloseReason is not null)
        {
            throw new IOException(channel.CloseReason.ReplyText);
        }
    }

    private async Task Room(AmqpFleet fleet, CancellationToken stop)
    {
        while (true)
        {
            var next = position.NextMove;
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
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(ConfirmAtMost);
        await channel.BasicPublishAsync("", fleet.Queue, mandatory: true, properties, Encoding.UTF8.GetBytes(DebciLine.Write(taken, live.Current.EntryOf)), limit.Token);
        await deliveries.Confirm(new HeldRun(run, taken.Lease.Attempt, fleet.Worker), stop);
    }
}
