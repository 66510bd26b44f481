using System.Collections.Concurrent;
using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Claims;

/// <summary>Stores what a worker says of itself, when it says something new.</summary>
public sealed class WorkerAnnouncements(WorkerStreams workers, DispatchState dispatch)
{
    private readonly ConcurrentDictionary<string, WorkerEvent.Announced> known = new(StringComparer.Ordinal);

    /// <summary>Takes the words of a claim.</summary>
    public async Task Announce(ClaimRun claim, CancellationToken cancellation)
    {
        var words = new WorkerEvent.Announced(claim.Worker, claim.Offer.Arches, claim.Offer.Backends, claim.Software,
            claim.Offer.Tags.Count == 0 ? null : claim.Offer.Tags, claim.Capacity == 1 ? null : claim.Capacity);
        // What this node heard last is not enough: at another node it may have said something else since.
        if (known.TryGetValue(claim.Worker, out var last) && last.SaysTheSame(words) && (await dispatch.Look(cancellation)).Of(claim.Worker)?.Says(words) is not false)
            return;
        var info = new CommandInfo(Uuid5.Create(claim.Claim, "announce"), "announceWorker", $"worker:{claim.Worker}", Correlation: claim.Claim);
        await workers.Obey(new WorkerCommand.Announce(words), info, cancellation);
        known[claim.Worker] = words;
    }
}
