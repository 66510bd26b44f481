using Debci.Domain;
using Debci.EventLog;

namespace Debci.Api.Requests;

/// <summary>What became of a batch.</summary>
/// <param name="Batch">Its id.</param>
/// <param name="Answers">What became of each request, in order.</param>
/// <param name="Position">The position at which it counts.</param>
public sealed record StoredBatch(Guid Batch, IReadOnlyList<ItemAnswer> Answers, long Position);

/// <summary>Stores batches: loads what is there of one, has the rest judged, appends it in pieces that any engine takes.</summary>
public sealed class Batches(IEventLog log, RunIds ids, RequestKeys keys, Admission admission)
{
    private const int HeadersAllowance = 400; // what an event carries besides its data, roughly
    private const int MostConflicts = 5;

    /// <summary>A batch to be stored.</summary>
    /// <param name="Id">Its id.</param>
    /// <param name="Requester">Account id.</param>
    /// <param name="Items">What is asked for.</param>
    /// <param name="OnBad">What becomes of it when a request is bad.</param>
    /// <param name="RetryOf">The run that this batch of one repeats.</param>
    /// <param name="Account">The name of the account that asks; null where what it may do was looked at before.</param>
    /// <param name="IsNew">Whether the id was made just now, so that nothing can stand under it.</param>
    public sealed record Order(Guid Id, string Requester, IReadOnlyList<TestRequest> Items, OnBadRequest OnBad, long? RetryOf = null, string? Account = null, bool IsNew = false);

    /// <summary>Stores the batch, whole; stored before, it answers what it answered then.</summary>
    /// <exception cref="RefusedException">Other requests stand under this batch id, or a request is bad.</exception>
    public async Task<StoredBatch> Store(Order order, CommandInfo command, CancellationToken cancellation)
    {
        await using var mark = await keys.Mark(order.Id, order.Items.Count, cancellation);
        for (var conflicts = 0; ; conflicts++)
        {
            var stored = order.IsNew && conflicts == 0 ? [] : await log.ReadStream(Streams.Batch(order.Id), 0, cancellation);
            var batch = stored.Select(e => (BatchEvent)e.Decode()!).Aggregate(Batch.Unknown, Batch.Evolve);
            var request = new RequestBatch(order.Id, order.Requester, order.Items, [], order.RetryOf);
            Batch.Check(request, batch); // before anything is judged: a repetition is answered as the first time, whatever counts by now
            if (batch.Closed)
                return new StoredBatch(order.Id, batch.Answers(), stored[^1].Position);
            var happened = Batch.Decide(request with { Answers = await Answer(order, batch, cancellation) }, batch);
            try
            {
                var position = await Append(Streams.Batch(order.Id), stored.Count, command.Events(happened, before: stored.Count), cancellation);
                return new StoredBatch(order.Id, happened.Aggregate(batch, Batch.Evolve).Answers(), position);
            }
            catch (StreamMovedException) when (conflicts < MostConflicts)
            {
                // The same batch came twice at once; go on from what the other one has stored.
            }
        }
    }

    private async Task<IReadOnlyList<ItemAnswer>> Answer(Order order, Batch batch, CancellationToken cancellation)
    {
        var judged = await admission.Judge(order.Items, order.Account, cancellation);
        // What a crash cut short goes on as it began: its first requests were taken.
        if (judged.Skip(batch.Items.Count).FirstOrDefault(j => j.Refusal is { } r && order.OnBad.RefusesBatch(r)) is { Refusal: { } refusal })
            throw new RefusedException(refusal);
        var answers = batch.Answers().ToList();
        var rest = Enumerable.Range(batch.Items.Count, order.Items.Count - batch.Items.Count).Where(i => judged[i].Refusal is null)
            .Select(i => (Index: i, Key: order.Items[i].Identity(order.Requester))).ToList();
        var reserved = await Reserve(order, batch, [.. rest.Select(r => r.Key).Distinct()], cancellation);
        var byIndex = rest.ToDictionary(r => r.Index, r => r.Key);
        var taken = answers.OfType<ItemAnswer.New>().Select(a => a.Run).ToHashSet();
        for (var i = answers.Count; i < order.Items.Count; i++)
            answers.Add(judged[i].Refusal is { } why ? new ItemAnswer.Refused(why) : ToAnswer(reserved[byIndex[i]], judged[i], taken));
        return answers;
    }

    // The same request twice in one batch: the second one joins the first.
    private static ItemAnswer ToAnswer((long Run, bool Ours) reserved, Admission.Judged judged, HashSet<long> taken) =>
        reserved.Ours && taken.Add(reserved.Run) ? new ItemAnswer.New(reserved.Run, judged.Needs) : new ItemAnswer.Joins(reserved.Run);

    private async Task<IReadOnlyDictionary<string, (long Run, bool Ours)>> Reserve(Order order, Batch batch, IReadOnlyList<string> wanted, CancellationToken cancellation)
    {
        if (wanted.Count == 0)
            return new Dictionary<string, (long, bool)>();
        var fresh = await ids.Take(wanted.Count, cancellation);
        return await keys.Reserve(order.Id, wanted.Zip(fresh).ToDictionary(p => p.First, p => p.Second), batch.BeganAnew, cancellation);
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
