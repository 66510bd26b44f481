using Debci.EventLog;
using Npgsql;

namespace Debci.Api.Hosting;

/// <summary>
/// What one node at a time does for all: where another one leads, it waits; where it is interrupted (the database, the log or a disk is away), it goes on behind
/// a pause. Any other failure ends the server, which then says why.
/// </summary>
/// <param name="log">Says who leads.</param>
/// <param name="name">Under which name; a promise to the other nodes, old and new.</param>
/// <param name="clock">For the pause.</param>
/// <param name="logger">Hears what it was interrupted by.</param>
public abstract class LeadingService(IEventLog log, string name, TimeProvider clock, ILogger logger) : BackgroundService
{
    /// <summary>The log.</summary>
    protected IEventLog Log { get; } = log;

    /// <summary>The clock.</summary>
    protected TimeProvider Clock { get; } = clock;

    /// <summary>How long it waits when it was interrupted.</summary>
    protected virtual TimeSpan Pause => TimeSpan.FromSeconds(1);

    /// <summary>What it does while it leads.</summary>
    /// <param name="stop">The server stops, or leadership was lost.</param>
    protected abstract Task Lead(CancellationToken stop);

    /// <inheritdoc/>
    protected sealed override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var leadership = await Log.Lead(name, stoppingToken);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, leadership.Lost);
                await Lead(either.Token);
            }
            catch (OperationCanceledException)
            {
                // Asked to stop, or leadership was lost: then somebody else leads, or we again.
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or UnauthorizedAccessException or TimeoutException or StreamMovedException)
            {
                logger.LogWarning("The part {Name} was interrupted and goes on: {Reason}", name, failure.Message);
                await Task.Delay(Pause, Clock, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }
}
