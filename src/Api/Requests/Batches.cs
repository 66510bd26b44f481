using System.Collections.Immutable;
using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Requests;

/// <summary>What became of a batch.</summary>
/// <param name="Batch">Its id.</param>
/// <param name="Runs">The ids of its runs, in the order of its requests.</param>
/// <param name="Position">The position at which it counts.</param>
public sealed record StoredBatch(Guid Batch, IReadOnlyList<long> Runs, long Position);

/// <summary>Stores batches: loads what is there of one, decides what is missing, appends it in pieces that any engine takes.</summary>
public sealed class Batches(IEventLog log, RunIds ids)
{
    private const int HeadersAllowance = 400; // what an event carries besides its data, roughly
    private const int MostConflicts = 5;

    /// <summary>Stores the batch, whole; stored before, it answers what it answered then.</summary>
    /// <exception cref="RefusedException">Other requests stand under this batch id.</exception>
    public async Task<StoredBatch> Store(
        Guid id, string requester, IReadOnlyList<TestRequest> items, long? retryOf, CommandInfo command, CancellationToken cancellation)
    {
        for (var conflicts = 0; ; conflicts++)
        {
            var stored = await log.ReadStream(Streams.Batch(id), 0, cancellation);
            var batch = stored.Select(e => (BatchEvent)e.Decode()!).Aggregate(Batch.Unknown, Batch.Evolve);
            var fresh = batch.Closed ? [] : await ids.Take(items.Count - Math.Min(batch.Requests.Count, items.Count), cancellation);
            var happened = Batch.Decide(new RequestBatch(id, requester, items, fresh, retryOf), batch);
            if (happened.Count == 0)
                return new StoredBatch(id, [.. batch.Requests.Select(r => r.Run.Id)], stored[^1].Position);
            try
            {
                var position = await Append(Streams.Batch(id), stored.Count, command.Events(happened, before: stored.Count), cancellation);
                var runs = batch.Requests.AddRange(happened.OfType<BatchEvent.Requested>()).Select(r => r.Run.Id);
                return new StoredBatch(id, runs.ToImmutableList(), position);
            }
            catch (StreamMovedException) when (conflicts < MostConflicts)
            {
                // The same batch came twice at once; go on from what the other one has stored.
            }
        }
    }

    private async Task<long> Append(string stream, long revision, IReadOnlyList<NewEvent> events, CancellationToken cancellation)
    {
        var position = 0L;
        foreach (var piece in Pieces(events))
        {
            (position, revision) = await log.Append(stream, revision, piece, cancellation);
        }
        return position;
    }

    private static IEnumerable<IReadOnlyList<NewEvent>> Pieces(IReadOnlyList<NewEvent> events)
    {
        var piece = new List<NewEvent>();
        var bytes = 0;
        foreach (var e in events)
        {
            var size = EventCodec.Write(e.Data).Length + HeadersAllowance;
            if (bytes + size > EventLogLimits.AppendBytes && piece.Count > 0)
            {
                yield return piece;
                (piece, bytes) = ([], 0);
            }
            piece.Add(e);
            bytes += size;
        }
        yield return piece;
    }
}
