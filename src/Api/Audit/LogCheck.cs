using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Audit;

/// <summary>How the log compares with a head.</summary>
/// <param name="Head">The head.</param>
/// <param name="Holds">Whether the first events give its root; null when there are not so many.</param>
/// <param name="From">Where in the log a head before it ends that does hold: what is not as it was lies behind that.</param>
/// <param name="To">The position of the last event that the head covers, as the log is now.</param>
public sealed record HeadFinding(AuditHead Head, bool? Holds, long From, long To);

/// <summary>What a check of the log has found.</summary>
/// <param name="Size">How many events were hashed.</param>
/// <param name="Newer">How many events are stored behind them that have no number yet.</param>
/// <param name="Root">The root that follows from them.</param>
/// <param name="Difference">Where events and stored leaves part; null when they agree.</param>
/// <param name="Heads">How the log compares with each head that was given, the smallest first.</param>
public sealed record LogFindings(long Size, bool Newer, byte[] Root, Difference? Difference, IReadOnlyList<HeadFinding> Heads);

/// <summary>
/// Hashes all events anew and compares with the stored leaves and with heads. The leaves tell which event was touched; but who can
/// change events can have the leaves made again from them, and then the heads tell, which others hold.
/// </summary>
public sealed class LogCheck(IEventLog log, ProofQueries proof)
{
    private const int Piece = 4096;

    /// <summary>Checks the events that have a number.</summary>
    /// <param name="heads">Heads to compare with.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">There is no tree, or it has stopped.</exception>
    public async Task<LogFindings> Run(IEnumerable<AuditHead> heads, CancellationToken cancellation = default)
    {
        var state = await Heads.Now(proof, cancellation);
        var waiting = new Queue<AuditHead>(heads.OrderBy(h => h.Size));
        var (tree, found, difference) = (new MerkleRange(), new List<HeadFinding>(), (Difference?)null);
        var (at, good) = (0L, 0L);
        Compare(tree, waiting, found, 0, ref good);
        for (var page = await Read(0, state, cancellation); page.Count > 0;)
        {
            var next = Read(page[^1].Position, state, cancellation); // is read while this page is hashed
            var stored = await proof.Leaves(tree.Size, page.Count, cancellation);
            var leaves = CanonicalEvent.Leaves(page);
            for (var i = 0; i < leaves.Length; i++)
            {
                if (difference is null && !Agrees(leaves[i], stored, i))
                    difference = await Find(tree.Size, at, state, cancellation);
                tree.Add(leaves[i]);
                at = page[i].Position;
                Compare(tree, waiting, found, at, ref good);
            }
            page = await next;
        }
        if (difference is null && tree.Size < state.Size)
            difference = await Find(tree.Size, at, state, cancellation);
        found.AddRange(waiting.Select(h => new HeadFinding(h, null, good, at)));
        return new LogFindings(tree.Size, await log.Head(cancellation) > state.Position, tree.Root(), difference, found);
    }

    private async Task<IReadOnlyList<RecordedEvent>> Read(long at, ProofState state, CancellationToken cancellation)
    {
        var page = await log.ReadAll(at, Piece, cancellation);
        return page.Count == 0 || page[^1].Position <= state.Position ? page : [.. page.TakeWhile(e => e.Position <= state.Position)];
    }

    private async Task<Difference> Find(long number, long before, ProofState state, CancellationToken cancellation)
    {
        var events = (await Read(before, state, cancellation)).Take(Difference.Window).ToList();
        var stored = await proof.Leaves(number, (int)Math.Clamp(state.Size - number, 0, Difference.Window), cancellation);
        return Difference.Of(number, before, events, stored.Span);
    }

    private static bool Agrees(byte[] leaf, ReadOnlyMemory<byte> stored, int i) =>
        stored.Length >= (i + 1) * MerkleHash.Size && stored.Span.Slice(i * MerkleHash.Size, MerkleHash.Size).SequenceEqual(leaf);

    private static void Compare(MerkleRange tree, Queue<AuditHead> waiting, List<HeadFinding> found, long at, ref long good)
    {
        while (waiting.TryPeek(out var head) && head.Size == tree.Size)
        {
            var holds = Convert.ToHexStringLower(tree.Root()) == waiting.Dequeue().Root;
            found.Add(new HeadFinding(head, holds, good, at));
            if (holds)
                good = at;
        }
    }
}
