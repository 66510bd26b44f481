using Debci.Domain;

namespace Debci.EventLog.Copy;

/// <summary>How far a copy is.</summary>
/// <param name="Verifying">Whether it is compared; else it is stored.</param>
/// <param name="Position">The last event that is done.</param>
/// <param name="End">The last event of the source.</param>
public sealed record CopyProgress(bool Verifying, long Position, long End);

/// <summary>What came of a copy.</summary>
/// <param name="Stored">How many events were stored this time.</param>
/// <param name="Size">How many both logs hold.</param>
/// <param name="Head">The Merkle tree's root over them, alike for both.</param>
/// <param name="IsWhole">Whether that is all of the source; else it has grown meanwhile.</param>
public sealed record CopyOutcome(long Stored, long Size, byte[] Head, bool IsWhole);

/// <summary>
/// Copies a log from one engine to another (<c>debci copy-log</c>): every event with its position, time, id, revision and headers, in the same order, so that
/// positions, cursors and heads that were given to anybody stay valid. Ended at any moment, it goes on where it was.
/// </summary>
public sealed class LogCopy
{
    private const int PageSize = 2000;

    private readonly CopySource source;
    private readonly ICopyTarget target;
    private readonly LogConnection to;
    private readonly Action<CopyProgress> tell;

    private LogCopy(CopySource source, ICopyTarget target, LogConnection to, Action<CopyProgress>? tell) =>
        (this.source, this.target, this.to, this.tell) = (source, target, to, tell ?? (_ => { }));

    /// <summary>Stores what is missing, and compares all of it.</summary>
    /// <exception cref="CopyRefusedException">The target holds something else; it is as it was.</exception>
    /// <exception cref="LogAwayException">One of them is away, or refuses.</exception>
    /// <exception cref="InvalidOperationException">The source holds no log, or one that is not whole.</exception>
    public static async Task<CopyOutcome> Run(LogConnection from, LogConnection to, Action<CopyProgress>? tell = null, CancellationToken cancellation = default)
    {
        if (from.IsSameAs(to))
            throw new CopyRefusedException($"--from and --to both name {from}.");
        await using var source = from.OpenSource();
        await using var target = to.OpenTarget();
        return await new LogCopy(source, target, to, tell).Run(cancellation);
    }

    private async Task<CopyOutcome> Run(CancellationToken cancellation)
    {
        var word = await source.Word(cancellation);
        var state = await target.Look(cancellation);
        await Check(word, state, cancellation);
        var at = state.Last?.Position ?? 0;
        var (stored, isWhole) = (0L, state.IsWhole && state.Word is not null);
        for (IReadOnlyList<RecordedEvent> page; (page = await source.Log.ReadAll(at, PageSize, cancellation)).Count > 0; at = page[^1].Position)
        {
            if (isWhole || (state.Word is null && stored == 0))
                await target.Begin(word, cancellation);
            isWhole = false;
            await target.Store(page, cancellation);
            stored += page.Count;
            tell(new(false, page[^1].Position, await source.Log.Head(cancellation)));
        }
        var compared = await Compare(at, cancellation);
        if (await source.Log.Head(cancellation) > at)
            return new(stored, compared.Size, compared.Root(), IsWhole: false);
        if (!isWhole)
            await target.Complete(word, at, cancellation);
        return new(stored, compared.Size, compared.Root(), IsWhole: true);
    }

    // What is there must be the beginning of this very log.
    private async Task Check(string word, CopyState state, CancellationToken cancellation)
    {
        if (state.Word is null)
            return;
        if (state.Word != word)
            throw new CopyRefusedException($"{to} holds another log ({state.Word}) than {source.Where} ({word}). Name an empty place.");
        if (state.Last is { } last && (await source.Log.ReadAll(last.Position - 1, 1, cancellation) is not [var same] || (same.Position, same.Id) != (last.Position, last.Id)))
            throw new CopyRefusedException($"{to} has gone its own way: its last event, at position {last.Position}, is none of {source.Where}. Name an empty place.");
    }

    // Positions are alike in both, so that pages are too.
    private async Task<MerkleRange> Compare(long end, CancellationToken cancellation)
    {
        var tree = new MerkleRange();
        var theirs = new MerkleRange();
        for (var at = 0L; at < end;)
        {
            var page = await source.Log.ReadAll(at, PageSize, cancellation);
            page = [.. page.TakeWhile(e => e.Position <= end)];
            var copied = await target.Log.ReadAll(at, page.Count, cancellation);
            Grow(tree, page, theirs, copied);
            tell(new(true, at = page[^1].Position, end));
        }
        if (await target.Log.ReadAll(end, 1, cancellation) is [var more])
            throw new InvalidDataException($"{to} holds an event that {source.Where} does not, at position {more.Position}.");
        return tree.Root().AsSpan().SequenceEqual(theirs.Root()) ? tree : throw new InvalidDataException("The heads of both logs differ.");
    }

    private void Grow(MerkleRange tree, IReadOnlyList<RecordedEvent> page, MerkleRange theirs, IReadOnlyList<RecordedEvent> copied)
    {
        var (leaves, others) = (CanonicalEvent.Leaves(page), CanonicalEvent.Leaves(copied));
        for (var i = 0; i < page.Count; i++)
        {
            if (i >= copied.Count || copied[i].Position != page[i].Position || !others[i].AsSpan().SequenceEqual(leaves[i]))
                throw new InvalidDataException($"Event number {tree.Size}, at position {page[i].Position} in {page[i].Stream}, is not the same in {to}. Nothing may be appended there; empty it, and copy again.");
            tree.Add(leaves[i]);
            theirs.Add(others[i]);
        }
    }
}
