using Debci.Api.Claims;
using Debci.Api.Configuration;
using Debci.EventLog;
using Npgsql;
using RabbitMQ.Client;

namespace Debci.Api.Amqp;

/// <summary>A part of the bridge, with channels of its own: what is wrong with one queue leaves the others alone.</summary>
/// <param name="Name">For the log and <c>/health</c>.</param>
/// <param name="Work">Works until it is stopped, or throws what is in its way; then it is begun anew. Calls the action when everything is in place.</param>
internal sealed record BridgePart(string Name, Func<IConnection, Action, CancellationToken, Task> Work);

/// <summary>
/// The bridge to RabbitMQ: requests come in, runs go out to debci's own workers, results come in. On one node at a time, through absences
/// of the broker of any length; nothing else of the server waits for it.
/// </summary>
/// <remarks>
/// Whatever comes in is acknowledged when it is durable here, and what goes out is leased before. So each message can come twice, and
/// each handler does nothing the second time. Leases are renewed also while the broker is away: the tests go on meanwhile.
/// </remarks>
internal sealed class AmqpBridge(
    LiveConfiguration live, IEventLog log, RequestIntake requests, ResultIntake results, Dispatcher dispatcher, Deliveries deliveries, Leases leases, BridgeHealth health,
    ILogger<AmqpBridge> logger) : BackgroundService
{
    private readonly AmqpSettings settings = live.Current.Amqp;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (settings.IsOn && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Lead(stoppingToken);
            }
            catch (Exception failure) when (failure is OperationCanceledException or NpgsqlException or IOException or TimeoutException)
            {
                if (stoppingToken.IsCancellationRequested)
                    return;
                logger.LogWarning("The bridge to RabbitMQ was interrupted and goes on: {Reason}", Broker.Words(failure));
                await Task.Delay(TimeSpan.FromSeconds(1), stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            health.Forget();
        }
    }

    // Ends when another node leads, or the database is away: then messages go back to their queues.
    private async Task Lead(CancellationToken stop)
    {
        await using var leadership = await log.Lead("amqp", stop);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, leadership.Lost);
        var loops = new[] { Renew(either.Token), Connect(either.Token) };
        await Task.WhenAny(loops);
        await either.CancelAsync(); // one that fails ends the other
        await Task.WhenAll(loops);
    }

    private async Task Connect(CancellationToken stop)
    {
        IReadOnlyList<BridgePart> parts = [.. requests.Parts(settings), results.Part(settings), .. dispatcher.Parts(settings)];
        for (var backOff = new BackOff(); !stop.IsCancellationRequested; await backOff.Wait(stop))
        {
            try
            {
                await using var connection = await Broker.Connect(settings, stop);
                backOff.Begin();
                health.Works(BridgeHealth.Connection);
                var why = await Work(parts, connection, stop);
                if (!stop.IsCancellationRequested)
                    health.Fails(BridgeHealth.Connection, why);
            }
            catch (Exception failure) when (Broker.IsFailure(failure))
            {
                if (!stop.IsCancellationRequested)
                    health.Fails(BridgeHealth.Connection, Broker.Words(failure));
            }
        }
    }

    // All parts, until the connection ends; gives why it did.
    private async Task<string> Work(IReadOnlyList<BridgePart> parts, IConnection connection, CancellationToken stop)
    {
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var why = "";
        connection.ConnectionShutdownAsync += (_, e) =>
        {
            why = e.ReplyText;
            return gone.IsCancellationRequested ? Task.CompletedTask : gone.CancelAsync(); // at the end we close it ourselves
        };
        if (connection.CloseReason is { } closed)
            return closed.ReplyText;
        await Task.WhenAll(parts.Select(part => Keep(part, connection, gone.Token)));
        return why;
    }

    private async Task Keep(BridgePart part, IConnection connection, CancellationToken stop)
    {
        for (var backOff = new BackOff(); !stop.IsCancellationRequested; await backOff.Wait(stop))
        {
            try
            {
                await part.Work(connection, () => { backOff.Begin(); health.Works(part.Name); }, stop);
            }
            catch (Exception failure)
            {
                if (stop.IsCancellationRequested || !connection.IsOpen)
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
                if (health.IsWell(BridgeHealth.Connection))
                    await leases.Heard(fleet.Worker, stop);
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }
}
