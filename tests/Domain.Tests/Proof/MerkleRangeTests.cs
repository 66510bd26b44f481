namespace Debci.Domain.Tests.Proof;

/// <summary>The tree of RFC 6962, with the inputs and roots that implementations of Certificate Transparency share.</summary>
public sealed class MerkleRangeTests
{
    private static readonly string[] Inputs =
        ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    [Theory]
    [InlineData(0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")]
    [InlineData(1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")]
    [InlineData(2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125")]
    [InlineData(3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77")]
    [InlineData(4, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7")]
    [InlineData(5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4")]
    [InlineData(6, "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef")]
    [InlineData(7, "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c")]
    [InlineData(8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")]
    public void The_root_is_that_of_Certificate_Transparency(int size, string root) =>
        Assert.Equal(root, Convert.ToHexStringLower(Tree(size).Root()));

    [Fact]
    public void The_root_of_any_size_is_that_of_the_definition()
    {
        var leaves = Enumerable.Range(0, 200).Select(i => MerkleHash.Leaf([(byte)i])).ToList();
        var tree = new MerkleRange();
        for (var size = 1; size <= leaves.Count; size++)
        {
            tree.Add(leaves[size - 1]);
            Assert.Equal(ByDefinition(leaves[..size]), tree.Root());
        }
    }

    [Fact]
    public void A_tree_that_is_known_by_its_peaks_grows_on_as_if_it_had_never_been_left()
    {
        for (var size = 0; size <= Inputs.Length; size++)
        {
            var left = Tree(size);
            var again = MerkleRange.Of(size, [.. left.Peaks])!;
            foreach (var input in Inputs[size..])
                again.Add(Leaf(input));
            Assert.Equal(Tree(Inputs.Length).Root(), again.Root());
        }
    }

    [Fact]
    public void What_cannot_be_the_peaks_of_such_a_tree_is_none()
    {
        Assert.Null(MerkleRange.Of(3, [new byte[32]]));
        Assert.Null(MerkleRange.Of(1, [new byte[31]]));
        Assert.Null(MerkleRange.Of(-1, []));
    }

    // RFC 6962, 2.1: split at the largest power of two below the size.
    private static byte[] ByDefinition(IReadOnlyList<byte[]> leaves)
    {
        if (leaves.Count == 1)
            return leaves[0];
        var k = (int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)leaves.Count) / 2;
        return MerkleHash.Node(ByDefinition([.. leaves.Take(k)]), ByDefinition([.. leaves.Skip(k)]));
    }

    private static MerkleRange Tree(int size)
    {
        var tree = new MerkleRange();
        foreach (var input in Inputs[..size])
            tree.Add(Leaf(input));
        return tree;
    }

    private static byte[] Leaf(string input) => MerkleHash.Leaf(Convert.FromHexString(input));
}
