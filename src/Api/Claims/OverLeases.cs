using System.Threading.Channels;
using Npgsql;

namespace Debci.Api.Claims;

/// <summary>
/// Gives back leases of attempts that were reported, many at once: no report has to wait for it. One that is forgotten in a crash
/// expires, and its rescuer finds the run over.
/// </summary>
public sealed class OverLeases(Leases leases, ILogger<OverLeases> logger) : BackgroundService
{
    private readonly Channel<(long Run, int Attempt)> over = Channel.CreateUnbounded<(long, int)>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Has a lease given back, soon.</summary>
    public void Drop(long run, int attempt) => over.Writer.TryWrite((run, attempt));

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var some = new List<(long Run, int Attempt)>();
        try
        {
            while (await over.Reader.WaitToReadAsync(stoppingToken))
            {
                some.Clear();
                while (some.Count < 1000 && over.Reader.TryRead(out var one))
                    some.Add(one);
                await Drop(some, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops; what is left expires.
        }
    }

    private async Task Drop(List<(long Run, int Attempt)> some, CancellationToken cancellation)
    {
        try
        {
            await leases.Drop(some, cancellation);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException)
        {
            logger.LogWarning("{Count} leases could not be given back and will expire: {Reason}", some.Count, failure.Message);
        }
    }
}
