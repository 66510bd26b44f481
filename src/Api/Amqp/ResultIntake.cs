using System.Collections.Concurrent;
using Debci.Api.Claims;
using Debci.Api.Configuration;
using Debci.Api.Files;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Mediator;

namespace Debci.Api.Amqp;

/// <summary>Takes results of debci's workers: each is the report of the attempt that its fleet holds, with log and artifacts, or it is late.</summary>
internal sealed class ResultIntake(
    IMediator mediator, Deliveries deliveries, KnownRuns known, LogStore logs, ArtifactStore artifacts, LateResults late, AsideFolder aside, FileCaps fileCaps, LiveConfiguration live,
    TimeProvider clock, ILogger<ResultIntake> logger)
{
    private const ushort AtOnce = 2; // each may have a hundred megabytes
    private const int LogCapFactor = 10; // a log is cut at its cap; one that is so much larger is a bomb

    private readonly ConcurrentDictionary<long, bool> busy = new(); // runs

    /// <summary>The part that does it.</summary>
    public BridgePart Part(AmqpSettings settings) =>
        new("amqp results", (links, works, stop) => new Consuming(settings, logger).Run(links, [settings.Results], AtOnce, Take, works, stop));

    private async Task Take(Message message, CancellationToken cancellation)
    {
        using var archive = new ResultArchive(aside, new ResultCaps(fileCaps.UnpackedArtifacts, LogCapFactor * live.Current.LogMaxBytes));
        await using var body = message.Body.AsStream();
        var result = await archive.Read(body, cancellation);
        var row = await known.Get(result.Run.Id, Caller.System, cancellation);
        if ((row.Key.Package, row.Key.Suite, row.Key.Arch) != (result.Run.Package, result.Run.Suite, result.Run.Arch))
            throw new RefusedException(RefusalCode.Conflict, $"Run {row.Key.Id} is of {row.Key.Package} in {row.Key.Suite} on {row.Key.Arch}, and this result is of {result.Run.Package} in {result.Run.Suite} on {result.Run.Arch}.");
        // A run may have been delivered twice. Its second result must not touch the files of the first, which counts by them.
        if (!busy.TryAdd(row.Key.Id, true))
            throw new RefusedException(RefusalCode.NotYet, $"Another result of run {row.Key.Id} is being taken.");
        try
        {
            await Take(message, row, result, archive, cancellation);
        }
        finally
        {
            busy.TryRemove(row.Key.Id, out _);
        }
    }

    private async Task Take(Message message, Projections.RunRow row, Result result, ResultArchive archive, CancellationToken cancellation)
    {
        if (await deliveries.Held(row.Key.Id, cancellation) is not { } held)
            await TakeLate(message, row, result, cancellation);
        else if (!await TryReport(row, held, result, await Store(row.Key, held.Attempt, result, archive, cancellation), cancellation))
            await late.Keep(row.Key, message.Body, cancellation);
    }

    // The bytes of log that were sent. Half of it may be there from before a crash: the same bytes are passed over.
    private async Task<long> Store(RunKey run, int attempt, Result result, ResultArchive archive, CancellationToken cancellation)
    {
        await using (var log = archive.OpenLog())
            await logs.Append(run, attempt, 0, log, cancellation);
        if (result.TestbedPackages is { } packages)
            await artifacts.PutTestbedPackages(run, attempt, new MemoryStream(packages), cancellation);
        try
        {
            await using var packed = archive.OpenArtifacts();
            await artifacts.PutArtifacts(run, attempt, packed, cancellation);
        }
        catch (RefusedException large) when (large.Refusal.Code == RefusalCode.TooLarge)
        {
            logger.LogWarning("Run {Run} counts without its artifacts: {Reason}", run.Id, large.Message);
        }
        return (await logs.Size(run, attempt, cancellation)).Sent;
    }

    // False when it is not the attempt's to tell: it was told before, or lost.
    private async Task<bool> TryReport(Projections.RunRow run, HeldRun held, Result result, long logSize, CancellationToken cancellation)
    {
        var sources = run.Triggers.Select(Trigger.TryParse).Where(t => t is not null).Select(t => t!.Source).ToHashSet(StringComparer.Ordinal);
        IReadOnlyList<InstalledPackage> installed = [.. result.Installed.Where(p => sources.Contains(p.Key) && Names.IsVersion(p.Value)).Select(p => new InstalledPackage(p.Key, p.Value))];
        try
        {
            await mediator.Send(new ReportAttempt(
                Deliveries.Bridge, held.Run, held.Attempt, held.Worker, result.ExitCode, result.Summary, result.TestpkgVersion,
                clock.GetUtcNow() - TimeSpan.FromSeconds(result.DurationSeconds), result.DurationSeconds, TimedOut: false, logSize, installed), cancellation);
            return true;
        }
        catch (RefusedException refused) when (refused.Refusal.Code == RefusalCode.Conflict)
        {
            return false;
        }
    }

    // The message whose acknowledgement was lost is no second result.
    private async Task TakeLate(Message message, Projections.RunRow run, Result result, CancellationToken cancellation)
    {
        var mayBeRepeated = message.Redelivered && run.Worker?.StartsWith(AmqpFleet.WorkerBegin, StringComparison.Ordinal) is true;
        if (!mayBeRepeated || !await TryReport(run, new HeldRun(run.Key.Id, run.Attempt, run.Worker!), result, 0, cancellation))
            await late.Keep(run.Key, message.Body, cancellation);
    }
}
