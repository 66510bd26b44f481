using Debci.Api.Configuration;
using Debci.Api.Hosting;
using Debci.EventLog;

namespace Debci.Api.Retention;

/// <summary>Goes on a round once a day, on one node, and sweeps up what was sent and never taken; what a crash has left is mended as soon as a node leads.</summary>
public sealed class RetentionChore(IEventLog log, RetentionRound round, UploadSweep uploads, LiveConfiguration live, TimeProvider clock, ILogger<RetentionChore> logger)
    : LeadingService(log, "retention", clock, logger)
{
    private static readonly TimeSpan Settle = TimeSpan.FromMinutes(10); // a server that was just started has better to do
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    protected override TimeSpan Pause => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    protected override async Task Lead(CancellationToken stop)
    {
        await round.Mend(stop);
        for (var pause = Settle; ; pause = Day)
        {
            await Task.Delay(pause, Clock, stop);
            var (runs, bytes, refused) = await round.Run(live.Current.Retention, stop);
            foreach (var why in refused)
                logger.LogWarning("Files stay: {Reason} Its row says that it is over; debci rebuild --verify runs tells more.", why);
            if (runs > 0)
                logger.LogInformation("Logs and artifacts of {Runs} runs have expired, {Bytes} bytes by their events.", runs, bytes);
            if (await uploads.Run(stop) is > 0 and var swept)
                logger.LogInformation("{Files} files were sent to the store over a day ago and never taken; they were deleted.", swept);
        }
    }
}
