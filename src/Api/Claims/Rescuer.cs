using Debci.Api.Configuration;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>
/// Turns expired leases into Lost, so that a run whose worker died is tried again, and given up after its last attempt.
/// It may run on several nodes and die anywhere: the run's stream takes each loss once, and the lease goes after it is stored.
/// </summary>
public sealed class Rescuer(Leases leases, ClockSteps clock, RunCommands runs, LiveConfiguration live, ILogger<Rescuer> logger) : BackgroundService
{
    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(Math.Clamp(live.Current.LeaseSeconds / 4.0, 0.5, 15)));
        while (await Next(timer, stoppingToken))
        {
            try
            {
                await Rescue(stoppingToken);
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException)
            {
                logger.LogWarning("The rescuer was interrupted and tries again: {Reason}", failure.Message);
            }
        }
    }

    /// <summary>One round over all expired leases.</summary>
    public async Task Rescue(CancellationToken cancellation)
    {
        if (await clock.Mend(cancellation) is not { } now)
            return; // the next round can tell
        await leases.Watch(live.Current.LeaseSeconds, cancellation);
        await leases.EndOverlong((suite, arch) => live.Current.TimeoutSecondsOf(suite, arch) + live.Current.ReportSeconds, [.. live.Current.Amqp.Fleets.Select(f => f.Worker)], now, cancellation);
        var expired = await leases.MarkLost(now, cancellation);
        var orphaned = await leases.RunningWithoutLease(live.Current.LeaseSeconds, cancellation);
        foreach (var lease in expired.Concat(orphaned))
            await TryRescue(lease, cancellation);
        await leases.DropEnded(cancellation);
    }

    // One run whose stream cannot be read must not keep the others from being rescued.
    private async Task TryRescue(Lease lease, CancellationToken cancellation)
    {
        try
        {
            await Rescue(lease, cancellation);
        }
        catch (Exception failure) when (failure is System.Text.Json.JsonException or RefusedException or StreamMovedException)
        {
            logger.LogError("Run {Run} cannot be rescued, since its stream cannot be read or goes on moving: {Reason}", lease.Run.Id, failure.Message);
        }
    }

    private async Task Rescue(Lease lease, CancellationToken cancellation)
    {
        var id = Uuid5.Create(Guid.Empty, $"lose {lease.Run.Id} {lease.Attempt}");
        var lose = new RunCommand.Lose(lease.Run, lease.Attempt, live.Retries, Trigger.VersionOf(lease.Asked.Triggers, lease.Run.Package));
        var obeyed = await runs.Obey(lose, new CommandInfo(id, "rescue", "debci", Correlation: id), cancellation);
        await leases.Drop([(lease.Run.Id, lease.Attempt)], cancellation);
        if (obeyed.Happened.Count > 0)
            logger.LogWarning("Run {Run} was lost: worker {Worker} fell silent in attempt {Attempt}.", lease.Run.Id, lease.Worker, lease.Attempt);
    }

    private static async Task<bool> Next(PeriodicTimer timer, CancellationToken cancellation)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellation);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
