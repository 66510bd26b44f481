using Debci.Api.Claims;
using Debci.Api.Configuration;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Amqp;

/// <summary>A part of the bridge, with channels of its own: what is wrong with one queue leaves the others alone.</summary>
/// <param name="Name">For the log and <c>/health</c>.</param>
/// <param name="Work">Works until it is stopped, or throws what is in its way; then it is begun anew. Calls the action when everything is in place.</param>
internal sealed record BridgePart(string Name, Func<Links, Action, CancellationToken, Task> Work);

/// <summary>
/// The bridge to RabbitMQ: requests come in, runs go out to debci's own workers, results come in. On one node at a time, through absences
/// of the broker of any length; nothing else of the server waits for it.
/// </summary>
/// <remarks>
/// Whatever comes in is acknowledged when it is durable here, and what goes out is leased before. So each message can come twice, and
/// each handler does nothing the second time. Leases are renewed by every node, also while the broker is away, and while nobody leads (the one that
/// did was cut off, and the database has not noticed): the tests go on meanwhile.
/// </remarks>
internal sealed class AmqpBridge(
    LiveConfiguration live, IEventLog log, RequestIntake requests, ResultIntake results, Dispatcher dispatcher, OutcomePublisher outcomes, Deliveries deliveries, Leases leases, BridgeHealth health,
    IHostApplicationLifetime lifetime, ILogger<AmqpBridge> logger) : BackgroundService
{
    private readonly AmqpSettings settings = live.Current.Amqp;
    private volatile bool leads;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!settings.IsOn)
            return;
        // From the first: a server that ends waits for its readers before it stops anything else, and the next node need not.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        await Task.WhenAll(Again(Lead, health.Forget, stop.Token), Again(Renew, () => { }, stop.Token));
    }

    private async Task Again(Func<CancellationToken, Task> work, Action ended, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await work(stop);
            }
            catch (Exception failure) when (failure is OperationCanceledException or NpgsqlException or IOException or TimeoutException)
            {
                if (stop.IsCancellationRequested)
                    return;
                logger.LogWarning("The bridge to RabbitMQ was interrupted and goes on: {Reason}", Broker.Words(failure));
                await Task.Delay(TimeSpan.FromSeconds(1), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            ended();
        }
    }

    // Ends when another node leads, or the database is away: then messages go back to their queues.
    private async Task Lead(CancellationToken stop)
    {
        await using var leadership = await log.Lead("amqp", stop);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, leadership.Lost);
        leads = true;
        try
        {
            await Connect(either.Token);
        }
        finally
        {
            leads = false;
        }
    }

    private async Task Connect(CancellationToken stop)
    {
        IReadOnlyList<BridgePart> parts = [.. requests.Parts(settings), results.Part(settings), .. dispatcher.Parts(settings), .. outcomes.Parts(settings)];
        for (var backOff = new BackOff(); !stop.IsCancellationRequested; await backOff.Wait(stop))
        {
            try
            {
                await using var links = await Links.Connect(settings, health, stop);
                await Work(parts, links, backOff, stop);
            }
            catch (Exception failure) when (Broker.IsFailure(failure))
            {
                if (!stop.IsCancellationRequested)
                    health.Fails(BridgeHealth.Connection, Broker.Words(failure));
            }
        }
    }

    // All parts, until a connection ends.
    private async Task Work(IReadOnlyList<BridgePart> parts, Links links, BackOff backOff, CancellationToken stop)
    {
        // Ours alone, and declared below: where it is not there, the broker has forgotten what it had.
        if (settings.Fleets.Count > 0 && !await Broker.Has(links.Gives, settings.DeadLetters, stop))
            await dispatcher.Recall(settings.Fleets, stop);
        // Before anything is delivered: a worker that is quicker than we would send its result to a queue that is not there, and the broker drops it.
        await Broker.MakeSure(links.Takes, settings.Results, settings.Quorum, stop);
        backOff.Begin();
        health.Works(BridgeHealth.Connection);
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var ends = parts.Select(part => (part.Name, End: Keep(part, links, gone.Token))).ToList();
        try
        {
            health.Fails(BridgeHealth.Connection, await links.Ended(stop));
        }
        finally
        {
            await LetEnd(ends, links, gone.CancelAsync());
        }
    }

    // What does not end holds up nothing, neither here nor at the node that leads next: its connections are closed under it, and the next ones have parts of their own.
    private async Task LetEnd(IReadOnlyList<(string Name, Task End)> parts, Links links, Task told)
    {
        var all = Task.WhenAll([told, .. parts.Select(p => p.End)]);
        if (await Link.Ends(all))
            return;
        links.Break("a part did not end in time");
        if (!await Link.Ends(all))
            logger.LogError("The bridge goes on without {Parts}, which did not end when they were told to", string.Join(", ", parts.Where(p => !p.End.IsCompleted).Select(p => p.Name)));
    }

    private async Task Keep(BridgePart part, Links links, CancellationToken stop)
    {
        for (var backOff = new BackOff(); !stop.IsCancellationRequested; await backOff.Wait(stop))
        {
            try
            {
                await part.Work(links, () => { backOff.Begin(); health.Works(part.Name); }, stop);
            }
            catch (Exception failure)
            {
                if (stop.IsCancellationRequested || !links.AreOpen)
                    continue;
                health.Fails(part.Name, Broker.Words(failure));
                if (!Broker.IsFailure(failure) && failure is not (NpgsqlException or StreamMovedException or Domain.RefusedException))
                    logger.LogError(failure, "{Part} met a mistake of this server's", part.Name); // and harms nothing else
            }
        }
    }

    // A lease's renewal waits for nothing of the broker's. A fleet is heard of when its broker is.
    private async Task Renew(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(live.Current.LeaseSeconds / 4.0, 0.2, 15)));
        do
        {
            foreach (var fleet in settings.Fleets)
            {
                await deliveries.Renew(fleet, live.Current.LeaseSeconds, stop);
                if (leads && health.IsWell(BridgeHealth.Connection))
                    await leases.Heard(fleet.Worker, stop);
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }
}
