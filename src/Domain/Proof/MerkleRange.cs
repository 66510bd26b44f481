using System.Security.Cryptography;

namespace Debci.Domain;

/// <summary>The hashes of a Merkle tree, by RFC 6962, section 2.1: SHA-256; what is hashed for a leaf begins with 0x00, for a node with 0x01.</summary>
public static class MerkleHash
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = SHA256.HashSizeInBytes;

    /// <summary>The hash of a leaf with such content.</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> content) => SHA256.HashData([0, .. content]);

    /// <summary>The hash of a node over two others.</summary>
    public static byte[] Node(ReadOnlySpan<byte> left, ReadOnlySpan<byte> right)
    {
        Span<byte> both = stackalloc byte[1 + (2 * Size)];
        both[0] = 1;
        left.CopyTo(both[1..]);
        right.CopyTo(both[(1 + Size)..]);
        return SHA256.HashData(both);
    }
}

/// <summary>
/// A Merkle tree that grows at its end, as far as one needs to know it for growing on: the roots of its whole subtrees ("peaks"), one
/// for each bit that is set in its size, the largest first.
/// </summary>
public sealed class MerkleRange
{
    private readonly List<byte[]> peaks;

    /// <summary>The tree without leaves.</summary>
    public MerkleRange() : this(0, []) { }

    private MerkleRange(long size, IEnumerable<byte[]> peaks) => (Size, this.peaks) = (size, [.. peaks]);

    /// <summary>A tree that was known before; null when these are not the peaks of a tree of that size.</summary>
    public static MerkleRange? Of(long size, IReadOnlyCollection<byte[]> peaks) =>
        size >= 0 && peaks.Count == long.PopCount(size) && peaks.All(p => p.Length == MerkleHash.Size) ? new MerkleRange(size, peaks) : null;

    /// <summary>How many leaves it has.</summary>
    public long Size { get; private set; }

    /// <summary>The roots of its whole subtrees, the largest first.</summary>
    public IReadOnlyList<byte[]> Peaks => peaks;

    /// <summary>Adds a leaf, by its hash.</summary>
    public void Add(ReadOnlySpan<byte> leaf)
    {
        var hash = leaf.ToArray();
        for (var left = Size; (left & 1) == 1; left >>= 1) // as many whole subtrees become one as there are ones at the size's end
        {
            hash = MerkleHash.Node(peaks[^1], hash);
            peaks.RemoveAt(peaks.Count - 1);
        }
        peaks.Add(hash);
        Size++;
    }

    /// <summary>The tree's root: that of RFC 6962 for these leaves; of none, the hash of nothing.</summary>
    public byte[] Root()
    {
        if (peaks.Count == 0)
            return SHA256.HashData([]);
        var root = peaks[^1];
        for (var i = peaks.Count - 2; i >= 0; i--)
            root = MerkleHash.Node(peaks[i], root);
        return root;
    }
}
