using Debci.Projections;
using Npgsql;

namespace Debci.Api.Hosting;

/// <summary>Runs the projector, the knowledge of its position, and the live feed, as long as the server runs; without the projector where it only reads.</summary>
internal sealed class ReadSide(
    Projector projector, ReadPosition position, RunFeed feed, NpgsqlDataSource database, IReadOnlyList<IReadModel> models, ILogger<ReadSide> logger, ReadsOnly? readsOnly = null) : BackgroundService
{
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The server listens when its read models are seen: its queries know no older tables than its own. `debci migrate` has filled them, so
    /// only what came since is missing. While a server of the version before still leads, it waits for that one's end.
    /// </summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        var told = Environment.TickCount64;
        while (await ReadSchema.Hidden(database, models, cancellationToken) is { Count: > 0 } hidden && ExecuteTask is not { IsCompleted: true })
        {
            if (Environment.TickCount64 - told > 5_000)
            {
                told = Environment.TickCount64;
                logger.LogInformation("Waits for the read models {Hidden} to catch up, or for the server of the version before to stop; it listens then.", string.Join(", ", hidden));
            }
            await Task.Delay(Often, cancellationToken);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task[] loops = [.. readsOnly is null ? [projector.Run(stoppingToken)] : Array.Empty<Task>(), position.Run(stoppingToken), feed.Run(stoppingToken)];
        // None of them ends by itself. One that does is a mistake of ours, and a server that is half alive would hide it: the host stops.
        await await Task.WhenAny(loops);
        await Task.WhenAll(loops);
        if (!stoppingToken.IsCancellationRequested)
            throw new InvalidOperationException("A loop of the read side ended by itself.");
    }
}
