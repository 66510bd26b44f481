using Debci.Api.Configuration;
using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Retention;

/// <summary>Goes on a round once a day, on one node; what a crash has left is mended as soon as a node leads.</summary>
public sealed class RetentionChore(IEventLog log, RetentionRound round, LiveConfiguration live, TimeProvider clock, ILogger<RetentionChore> logger) : BackgroundService
{
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(10); // a server that was just started has better to do
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Lead(stoppingToken);
            }
            catch (OperationCanceledException)
            {
                // Asked to stop, or leadership was lost: then somebody else leads, or we again.
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException or StreamMovedException)
            {
                logger.LogWarning("Retention was interrupted and goes on: {Reason}", failure.Message);
                await Task.Delay(Again, clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task Lead(CancellationToken stop)
    {
        await using var leadership = await log.Lead("retention", stop);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, leadership.Lost);
        await round.Mend(either.Token);
        for (var pause = Settle; ; pause = Day)
        {
            await Task.Delay(pause, clock, either.Token);
            var (runs, bytes, refused) = await round.Run(live.Current.Retention, either.Token);
            foreach (var why in refused)
                logger.LogWarning("Files stay: {Reason} Its row says that it is over; debci rebuild --verify runs tells more.", why);
            if (runs > 0)
                logger.LogInformation("Logs and artifacts of {Runs} runs have expired, {Bytes} bytes by their events.", runs, bytes);
        }
    }
}
