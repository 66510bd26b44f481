namespace Debci.Api.Files;

/// <summary>Looks whether the store of files can be used, from the start on: for <c>/health</c>, and one line in the log for each change.</summary>
/// <param name="store">Which store.</param>
/// <param name="clock">Says when to look again.</param>
/// <param name="logger">Hears of changes.</param>
public sealed class FileStoreWatch(IFileStore store, TimeProvider clock, ILogger<FileStoreWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(5);
    private volatile string? trouble;

    /// <summary>Why it cannot be used, a sentence; null when it can, or was not looked at yet.</summary>
    public string? Trouble => trouble;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Often, clock);
        try
        {
            do
                Note(await Look(stoppingToken));
            while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task<string?> Look(CancellationToken stop)
    {
        try
        {
            await store.Check(stop);
            return null;
        }
        catch (Exception away) when (away is not OperationCanceledException || !stop.IsCancellationRequested) // whatever a store answers ends no server
        {
            return away.Message;
        }
    }

    private void Note(string? now)
    {
        if (now is not null && now != trouble)
            logger.LogWarning("{Trouble}", now);
        else if (now is null && trouble is not null)
            logger.LogInformation("Files are kept in {Store} again.", store.Name);
        trouble = now;
    }
}
