using System.Collections.Concurrent;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Claims;

/// <summary>Stores what a worker says of itself, when it says something new.</summary>
public sealed class WorkerAnnouncements(IEventLog log)
{
    private readonly ConcurrentDictionary<string, WorkerEvent.Announced> known = new(StringComparer.Ordinal);

    /// <summary>Takes the words of a claim.</summary>
    public async Task Announce(ClaimRun claim, CancellationToken cancellation)
    {
        var words = new WorkerEvent.Announced(claim.Worker, claim.Arches, claim.Backends, claim.Software);
        if (known.TryGetValue(claim.Worker, out var last) && last.SaysTheSame(words))
            return;
        var stored = await log.ReadStream(Streams.Worker(claim.Worker), 0, cancellation);
        if (stored.Count == 0 || !((WorkerEvent.Announced)stored[^1].Decode()!).SaysTheSame(words))
        {
            var info = new CommandInfo(Uuid5.Create(claim.Claim, "announce"), "announceWorker", $"worker:{claim.Worker}", Correlation: claim.Claim);
            try
            {
                await log.Append(Streams.Worker(claim.Worker), stored.Count, info.Events([words]), cancellation);
            }
            catch (StreamMovedException)
            {
                return; // announced at another node at this moment; its next claim tells whether that was the same
            }
        }
        known[claim.Worker] = words;
    }
}
