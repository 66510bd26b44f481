using Debci.Projections;

namespace Debci.Api.Hosting;

/// <summary>Runs the projector, the knowledge of its position, and the live feed, as long as the server runs.</summary>
internal sealed class ReadSide(Projector projector, ReadPosition position, RunFeed feed) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Task[] loops = [projector.Run(stoppingToken), position.Run(stoppingToken), feed.Run(stoppingToken)];
        // None of them ends by itself. One that does is a mistake of ours, and a server that is half alive would hide it: the host stops.
        await await Task.WhenAny(loops);
        await Task.WhenAll(loops);
        if (!stoppingToken.IsCancellationRequested)
            throw new InvalidOperationException("A loop of the read side ended by itself.");
    }
}
