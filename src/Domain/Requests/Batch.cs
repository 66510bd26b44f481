using System.Collections.Immutable;
using System.Diagnostics;
using static Debci.Domain.BatchEvent;

namespace Debci.Domain;

/// <summary>A batch as its stream tells it.</summary>
/// <param name="Requests">What is stored of it so far, in order.</param>
/// <param name="Closed">Whether it is complete, so that its runs count.</param>
public sealed record Batch(ImmutableList<Requested> Requests, bool Closed)
{
    /// <summary>Before its first event.</summary>
    public static readonly Batch Unknown = new([], false);

    /// <summary>The next state. Never refuses, never guesses.</summary>
    public static Batch Evolve(Batch batch, BatchEvent happened) => happened switch
    {
        Requested e => batch with { Requests = batch.Requests.Add(e) },
        Accepted => batch with { Closed = true },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <summary>
    /// Takes a batch, or goes on with one that a crash cut short: gives the events that are still to be stored.
    /// Nothing when it is already complete (sent twice).
    /// </summary>
    /// <param name="command">What the requester sent; on a repetition the same.</param>
    /// <param name="batch">What is stored.</param>
    /// <exception cref="RefusedException">Another batch, or another requester's, was sent before under the same id.</exception>
    /// <exception cref="ArgumentException">The command brings too few run ids: its maker's fault, not the requester's.</exception>
    public static IReadOnlyList<BatchEvent> Decide(RequestBatch command, Batch batch)
    {
        if (!IsPrefixOf(batch, command))
            throw new RefusedException(RefusalCode.Conflict,
                "This batch id was used before for other requests; give a new id to a new batch.", "batchId");
        if (batch.Closed)
            return [];
        var rest = command.Items.Skip(batch.Requests.Count).Zip(UnusedIds(command, batch), (item, id) => ToEvent(command, item, id));
        return [.. rest, new Accepted(command.Batch, command.Requester, command.Items.Count)];
    }

    // A literal repetition after a crash brings the ids again that the stored requests have.
    private static long[] UnusedIds(RequestBatch command, Batch batch)
    {
        long[] unused = [.. command.RunIds.Except(batch.Requests.Select(r => r.Run.Id))];
        return unused.Length >= command.Items.Count - batch.Requests.Count
            ? unused
            : throw new ArgumentException($"{unused.Length} unused run ids are too few for the rest of batch {command.Batch}", nameof(command));
    }

    private static Requested ToEvent(RequestBatch command, TestRequest item, long run) => new(
        new RunKey(run, item.Package, item.Suite, item.Arch, item.Private), command.Requester,
        item.Triggers, item.Pins, item.ExtraSources, item.Priority, item.Backend, command.RetryOf);

    // Compared by what is asked, so that a repeated call with other contents is told so instead of silently dropped.
    private static bool IsPrefixOf(Batch batch, RequestBatch command) =>
        batch.Requests.Count <= command.Items.Count
        && (!batch.Closed || batch.Requests.Count == command.Items.Count)
        && batch.Requests.All(r => (r.Requester, r.RetryOf) == (command.Requester, command.RetryOf))
        && batch.Requests.Zip(command.Items).All(pair => Same(pair.First, pair.Second));

    private static bool Same(Requested stored, TestRequest sent) =>
        (stored.Run.Package, stored.Run.Suite, stored.Run.Arch, stored.Run.Private, stored.Backend, stored.Priority)
            == (sent.Package, sent.Suite, sent.Arch, sent.Private, sent.Backend, sent.Priority)
        && stored.Triggers.SequenceEqual(sent.Triggers)
        && stored.Pins.Select(p => p.ToString()).SequenceEqual(sent.Pins.Select(p => p.ToString()))
        && stored.ExtraSources.SequenceEqual(sent.ExtraSources);
}

/// <summary>Asks for the runs of one batch, all or none. The requests have been checked (<see cref="TestRequest.Check"/>).</summary>
/// <param name="Batch">The batch's id; the same again for a repetition.</param>
/// <param name="Requester">Account id.</param>
/// <param name="Items">What is asked for, in order.</param>
/// <param name="RunIds">Fresh run ids, at least one for each item not stored yet.</param>
/// <param name="RetryOf">The run that this batch of one repeats.</param>
public sealed record RequestBatch(
    Guid Batch, string Requester, IReadOnlyList<TestRequest> Items, IReadOnlyList<long> RunIds, long? RetryOf = null);
