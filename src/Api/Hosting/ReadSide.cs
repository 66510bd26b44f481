using Debci.Projections;

namespace Debci.Api.Hosting;

/// <summary>Runs the projector, the knowledge of its position, and the live feed, as long as the server runs.</summary>
internal sealed class ReadSide(Projector projector, ReadPosition position, RunFeed feed) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(projector.Run(stoppingToken), position.Run(stoppingToken), feed.Run(stoppingToken));
}
