using System.Collections.Immutable;
using System.Diagnostics;
using static Debci.Domain.BatchEvent;

namespace Debci.Domain;

/// <summary>A batch as its stream tells it.</summary>
/// <param name="Items">What is stored of it so far, in the order of its requests: <see cref="Requested"/>, <see cref="Joined"/> or <see cref="ItemRefused"/>.</param>
/// <param name="Closed">Whether it is complete, so that its runs count.</param>
/// <param name="BeganAnew">Whether it was given up before, so that what it had reserved then may be somebody else's.</param>
public sealed record Batch(ImmutableList<BatchEvent> Items, bool Closed, bool BeganAnew = false)
{
    /// <summary>Before its first event.</summary>
    public static readonly Batch Unknown = new([], false);

    /// <summary>The next state. Never refuses, never guesses.</summary>
    public static Batch Evolve(Batch batch, BatchEvent happened) => happened switch
    {
        Requested or Joined or ItemRefused => batch with { Items = batch.Items.Add(happened) },
        Accepted => batch with { Closed = true },
        GivenUp => Unknown with { BeganAnew = true },
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <summary>Of a batch's events those that count: what is behind the last time that it was given up.</summary>
    public static IEnumerable<T> Counting<T>(IReadOnlyList<T> events, Func<T, object?> happened)
    {
        var last = events.Count - 1;
        while (last >= 0 && happened(events[last]) is not GivenUp)
            last--;
        return events.Skip(last + 1);
    }

    /// <summary>
    /// Gives up a batch that is not complete, so that whoever still stores it finds its stream moved. Nothing when that was done before.
    /// </summary>
    /// <exception cref="RefusedException">It is complete: its runs count.</exception>
    public static IReadOnlyList<BatchEvent> GiveUp(Guid id, Guid by, Batch batch) => batch switch
    {
        { Closed: true } => throw new RefusedException(RefusalCode.Conflict, "The batch is complete."),
        { BeganAnew: true, Items.IsEmpty: true } => [],
        _ => [new GivenUp(id, by)],
    };

    /// <summary>
    /// Takes a batch, or goes on with one that a crash cut short: gives the events that are still to be stored.
    /// Nothing when it is already complete (sent twice).
    /// </summary>
    /// <param name="command">What the requester sent; on a repetition the same.</param>
    /// <param name="batch">What is stored.</param>
    /// <exception cref="RefusedException">Another batch, or another requester's, was sent before under the same id.</exception>
    /// <exception cref="ArgumentException">The command lacks answers to requests that are not stored: its maker's fault, not the requester's.</exception>
    public static IReadOnlyList<BatchEvent> Decide(RequestBatch command, Batch batch)
    {
        Check(command, batch);
        if (batch.Closed)
            return [];
        if (command.Answers.Count < command.Items.Count)
            throw new ArgumentException($"{command.Answers.Count} answers are too few for batch {command.Batch}", nameof(command));
        BatchEvent[] rest = [.. command.Items.Zip(command.Answers, (item, answer) => ToEvent(command, item, answer)).Skip(batch.Items.Count)];
        return [.. rest, new Accepted(command.Batch, command.Requester, batch.Items.Concat(rest).Count(e => e is not ItemRefused))];
    }

    /// <summary>Refuses a batch whose id was used before for something else.</summary>
    public static void Check(RequestBatch command, Batch batch)
    {
        if (!IsPrefixOf(batch, command))
            throw new RefusedException(RefusalCode.Conflict,
                "This batch id was used before for other requests; give a new id to a new batch.", "batchId");
    }

    /// <summary>What was answered to each request of a batch that is stored.</summary>
    public IReadOnlyList<ItemAnswer> Answers() => [.. Items.Select(ToAnswer)];

    private static ItemAnswer ToAnswer(BatchEvent item) => item switch
    {
        Requested e => new ItemAnswer.New(e.Run.Id, e.Needs ?? []),
        Joined e => new ItemAnswer.Joins(e.Run.Id),
        ItemRefused e => new ItemAnswer.Refused(new Refusal(e.Code, e.Message, e.Path)),
        _ => throw new UnreachableException(item.GetType().Name),
    };

    private static BatchEvent ToEvent(RequestBatch command, TestRequest item, ItemAnswer answer) => answer switch
    {
        ItemAnswer.New a => new Requested(
            new RunKey(a.Run, item.Package, item.Suite, item.Arch, item.Private), command.Requester, item.Triggers, item.Pins, item.ExtraSources,
            item.Priority, item.Backend, command.RetryOf, a.Needs.Count == 0 ? null : a.Needs, item.KeepOlder ? true : null),
        ItemAnswer.Joins a => new Joined(new RunKey(a.Run, item.Package, item.Suite, item.Arch, item.Private), command.Requester, item.Priority, item.Digest()),
        ItemAnswer.Refused a => new ItemRefused(StoredText.Clean(item.Package, 200), StoredText.Clean(item.Suite, 100), StoredText.Clean(item.Arch, 100),
            a.Why.Code, StoredText.Clean(a.Why.Sentence, 500), a.Why.Path, item.Digest()),
        _ => throw new UnreachableException(answer.GetType().Name),
    };

    // Compared by what is asked, so that a repeated call with other contents is told so instead of silently dropped.
    private static bool IsPrefixOf(Batch batch, RequestBatch command) =>
        batch.Items.Count <= command.Items.Count
        && (!batch.Closed || batch.Items.Count == command.Items.Count)
        && batch.Items.Zip(command.Items).All(pair => IsSame(pair.First, pair.Second, command));

    private static bool IsSame(BatchEvent stored, TestRequest sent, RequestBatch command) => stored switch
    {
        Requested e => (e.Requester, e.RetryOf) == (command.Requester, command.RetryOf) && IsSame(e, sent),
        Joined e => e.Requester == command.Requester && e.Item == sent.Digest(),
        ItemRefused e => e.Item == sent.Digest(),
        _ => throw new UnreachableException(stored.GetType().Name),
    };

    private static bool IsSame(Requested stored, TestRequest sent) =>
        (stored.Run.Package, stored.Run.Suite, stored.Run.Arch, stored.Run.Private, stored.Backend, stored.Priority, stored.KeepsOlder is true)
            == (sent.Package, sent.Suite, sent.Arch, sent.Private, sent.Backend, sent.Priority, sent.KeepOlder)
        && stored.Triggers.SequenceEqual(sent.Triggers)
        && stored.Pins.Select(p => p.ToString()).SequenceEqual(sent.Pins.Select(p => p.ToString()))
        && stored.ExtraSources.SequenceEqual(sent.ExtraSources);
}

/// <summary>Asks for the runs of one batch. Each request has been judged, and has its answer.</summary>
/// <param name="Batch">The batch's id; the same again for a repetition.</param>
/// <param name="Requester">Account id.</param>
/// <param name="Items">What is asked for, in order.</param>
/// <param name="Answers">What becomes of each; may be empty when the batch is known to be complete.</param>
/// <param name="RetryOf">The run that this batch of one repeats.</param>
public sealed record RequestBatch(
    Guid Batch, string Requester, IReadOnlyList<TestRequest> Items, IReadOnlyList<ItemAnswer> Answers, long? RetryOf = null);

/// <summary>What becomes of one request of a batch.</summary>
public abstract record ItemAnswer
{
    /// <summary>It becomes a run.</summary>
    /// <param name="Run">The run's id.</param>
    /// <param name="Needs">What a worker must provide beside the requested backend.</param>
    public sealed record New(long Run, IReadOnlyList<string> Needs) : ItemAnswer;

    /// <summary>The same is already pending (or running), and the request goes with it.</summary>
    /// <param name="Run">That run's id.</param>
    public sealed record Joins(long Run) : ItemAnswer;

    /// <summary>It is refused.</summary>
    /// <param name="Why">The reason.</param>
    public sealed record Refused(Refusal Why) : ItemAnswer;

    /// <summary>The run that it goes with; null for a refused one.</summary>
    public long? RunId => this switch { New a => a.Run, Joins a => a.Run, _ => null };

    private ItemAnswer() { }
}
