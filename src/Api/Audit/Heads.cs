using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Audit;

/// <summary>Makes heads from the stored leaves, each going on from the newest one of ours before it.</summary>
public sealed class Heads(ProofQueries proof)
{
    private const int Piece = 32_768;

    /// <summary>The tree as it is now, and the position that it reaches.</summary>
    /// <param name="folder">
    /// The heads before it. From ours only what is new has to be read: their leaves were read when they were made. Any other must follow
    /// from the leaves that are stored: who can put a file there must not have us sign on top of it.
    /// </param>
    /// <param name="ours">The public keys whose heads are ours.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">There is no tree, it has stopped, the log is shorter than one of the heads, or one does not follow from it.</exception>
    public async Task<(MerkleRange Tree, long Position)> Grow(HeadFolder folder, IReadOnlyCollection<string> ours, CancellationToken cancellation)
    {
        var state = await Now(proof, cancellation);
        var tree = new MerkleRange();
        foreach (var head in folder.All)
        {
            if (head.Size > state.Size)
                throw new InvalidOperationException($"ALERT: {folder.File(head)} covers {head.Size} events, and the log has {state.Size}: events are missing at its end, this is an older copy of it, or the head is none of this log's. `debci audit verify` tells more.");
            if (ours.Contains(head.Key))
                tree = head.Tree()!;
            else if (!await Follows(head, tree, cancellation))
                throw new InvalidOperationException($"ALERT: {folder.File(head)}, signed by {head.Key}, does not follow from the first {head.Size} events: they were changed, or it was made of others. No head is made beside it; `debci audit verify` tells more.");
        }
        await Grow(tree, state.Size, cancellation);
        return (tree, state.Position);
    }

    private async Task<bool> Follows(AuditHead head, MerkleRange tree, CancellationToken cancellation)
    {
        await Grow(tree, head.Size, cancellation);
        return Convert.ToHexStringLower(tree.Root()) == head.Root;
    }

    private async Task Grow(MerkleRange tree, long size, CancellationToken cancellation)
    {
        while (tree.Size < size)
        {
            var leaves = await proof.Leaves(tree.Size, (int)Math.Min(Piece, size - tree.Size), cancellation);
            if (leaves.IsEmpty)
                throw new InvalidOperationException($"Leaf {tree.Size} is not stored; `debci audit verify` tells more.");
            for (var i = 0; i < leaves.Length; i += MerkleHash.Size)
                tree.Add(leaves.Span.Slice(i, MerkleHash.Size));
        }
    }

    /// <summary>How far the tree has grown.</summary>
    /// <exception cref="InvalidOperationException">There is none, or it has stopped.</exception>
    internal static async Task<ProofState> Now(ProofQueries proof, CancellationToken cancellation) => await proof.State(cancellation) switch
    {
        null => throw new InvalidOperationException("There is no tree yet; run `debci migrate`, and the server."),
        { StoppedAt: { } at } => throw new InvalidOperationException($"ALERT: the tree has stopped before the event at position {at}, which cannot be read; /health says why."),
        var state => state,
    };
}
