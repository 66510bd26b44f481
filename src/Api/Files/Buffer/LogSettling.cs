namespace Debci.Api.Files.Buffer;

/// <summary>Brings logs into the store whose worker fell silent, now and then. On every node: each log is made whole by one at a time.</summary>
/// <param name="logs">Where they are.</param>
/// <param name="clock">Says when.</param>
/// <param name="logger">Hears what puts it off.</param>
internal sealed class LogSettling(LogBuffer logs, TimeProvider clock, ILogger<LogSettling> logger) : BackgroundService
{
    private static readonly TimeSpan Often = TimeSpan.FromMinutes(10);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Often, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TrySettle(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task TrySettle(CancellationToken stop)
    {
        try
        {
            await logs.Settle(stop);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            logger.LogWarning("Logs of attempts that were lost wait in the database: {Reason}", failure.Message);
        }
    }
}
