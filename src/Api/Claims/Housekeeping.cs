using Debci.Api.Requests;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>Clears away, now and then, what the server's own tables need no more.</summary>
public sealed class Housekeeping(RequestKeys keys, ILogger<Housekeeping> logger) : BackgroundService
{
    private static readonly TimeSpan Often = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Often);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TryForget(stoppingToken);
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task TryForget(CancellationToken cancellation)
    {
        try
        {
            await keys.Forget(cancellation);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException or Domain.RefusedException)
        {
            logger.LogWarning("Housekeeping was interrupted and comes again: {Reason}", failure.Message);
        }
    }
}
