using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Requests;

/// <summary>
/// Gives up batches that began and did not end, so that what they have reserved is free. Their own stream is the fence: whoever still stores
/// such a batch finds it moved, reads it anew, and joins the runs that others have made meanwhile.
/// </summary>
public sealed class BatchFence(IEventLog log)
{
    /// <summary>Gives up a batch.</summary>
    /// <param name="batch">Which.</param>
    /// <param name="by">The batch that goes on without it.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    /// <returns>Whether it is given up; false when it was stored, or moved, at this moment, and when it cannot be read.</returns>
    public async Task<bool> GiveUp(Guid batch, Guid by, CancellationToken cancellation)
    {
        var stream = Streams.Batch(batch);
        var stored = await log.ReadStream(stream, 0, cancellation);
        try
        {
            var happened = Batch.GiveUp(batch, by, stored.Select(e => (BatchEvent)e.Decode()!).Aggregate(Batch.Unknown, Batch.Evolve));
            var id = Uuid5.Create(batch, $"give up {by} {stored.Count}");
            if (happened.Count > 0)
                await log.Append(stream, stored.Count, new CommandInfo(id, "giveUpBatch", "debci", Correlation: id).Events(happened, before: stored.Count), cancellation);
            return true;
        }
        catch (Exception moved) when (moved is StreamMovedException or RefusedException or System.Text.Json.JsonException)
        {
            return false;
        }
    }
}
