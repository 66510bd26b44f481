using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Reactions;

/// <summary>Sets a worker aside that fails more often than its peers (<see cref="Peers"/>), and restores one that has passed a probe.</summary>
public sealed class PeerWatch(WorkersQueries queries, RunsQueries runs, WorkerStreams workers, DispatchState state, ILogger<PeerWatch> logger) : IReaction
{
    private static readonly Viewer Everything = new(null, SeesAll: true);

    /// <inheritdoc/>
    public async Task React(IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        foreach (var e in page)
        {
            (string? Worker, long Run, bool? Failed) seen = e.TryDecode() switch
            {
                RunEvent.AttemptFailed h => (h.Worker, h.Run.Id, RetryPolicy.IsOfHost(h.Cause) ? true : null),
                RunEvent.Lost h => (h.Worker, h.Run.Id, true),
                RunEvent.Finished h => (h.Worker, h.Run.Id, h.Cause is not { } cause ? false : RetryPolicy.IsOfHost(cause) ? true : null), // else it says nothing of the host
                _ => (null, 0, null),
            };
            if (seen is { Worker: { } worker, Failed: { } failed })
                await (failed ? Compare(worker, e.Id, cancellation) : Restore(worker, seen.Run, e.Id, cancellation));
        }
    }

    private async Task Compare(string worker, Guid because, CancellationToken cancellation)
    {
        var (own, peers) = await queries.Compare(worker, cancellation);
        if (!Peers.IsWorse(own, peers))
            return;
        await Obey(new WorkerCommand.PutAside(new WorkerEvent.SetAside(worker, own.Failed, own.Attempts, peers.Failed, peers.Attempts)), because, cancellation);
        logger.LogWarning("Worker {Worker} is set aside: {Failed} of its last {Attempts} attempts failed for reasons of the host.", worker, own.Failed, own.Attempts);
    }

    // What it began before it was set aside is no probe.
    private async Task Restore(string worker, long run, Guid because, CancellationToken cancellation)
    {
        var view = await state.Look(cancellation);
        if (view.Workers.FirstOrDefault(w => w.Row.Name == worker)?.Row.SetAsideAt is { } since
            && (await runs.Find(run, Everything, cancellation))?.StartedAt > since)
            await Obey(new WorkerCommand.Restore(worker, run, null), because, cancellation);
    }

    private async Task Obey(WorkerCommand command, Guid because, CancellationToken cancellation)
    {
        var id = Uuid5.Create(because, command.GetType().Name);
        try
        {
            await workers.Obey(command, new CommandInfo(id, "compareWorkers", "debci", Correlation: id, Causation: because), cancellation);
        }
        catch (RefusedException)
        {
            // It never announced itself here: an imported history speaks of workers of elsewhere.
        }
    }
}
