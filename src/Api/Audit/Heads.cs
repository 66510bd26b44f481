using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Audit;

/// <summary>Makes heads from the stored leaves, each going on from the newest one before it.</summary>
public sealed class Heads(ProofQueries proof)
{
    private const int Piece = 32_768;

    /// <summary>The tree as it is now, and the position that it reaches.</summary>
    /// <param name="before">The tree of an older head, from which only what is new has to be read; null for none.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">There is no tree, it has stopped, or the log is shorter than that head.</exception>
    public async Task<(MerkleRange Tree, long Position)> Grow(MerkleRange? before, CancellationToken cancellation)
    {
        var state = await Now(proof, cancellation);
        var tree = before ?? new MerkleRange();
        if (tree.Size > state.Size)
            throw new InvalidOperationException($"ALERT: the newest head covers {tree.Size} events, and the log has {state.Size}: events are missing at its end, or this is an older copy of it. `debci audit verify` tells more.");
        while (tree.Size < state.Size)
        {
            var leaves = await proof.Leaves(tree.Size, (int)Math.Min(Piece, state.Size - tree.Size), cancellation);
            if (leaves.IsEmpty)
                throw new InvalidOperationException($"Leaf {tree.Size} is not stored; `debci audit verify` tells more.");
            for (var i = 0; i < leaves.Length; i += MerkleHash.Size)
                tree.Add(leaves.Span.Slice(i, MerkleHash.Size));
        }
        return (tree, state.Position);
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
