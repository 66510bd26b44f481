using System.IO.Compression;
using System.Security.Cryptography;
using Debci.Api.Files;
using Debci.Domain;
using static Debci.Api.Tests.Files.FileTree;

namespace Debci.Api.Tests.Files;

public sealed class ArtifactStoreTests : IDisposable
{
    private readonly FileTree tree = new();

    public void Dispose() => tree.Dispose();

    [Fact]
    public async Task Whole_gzip_is_kept_byte_by_byte_and_answered_with_its_size_and_sha256()
    {
        var packed = Gzip(LogOf(3_000_000));
        Assert.Equal(new TakenFile(packed.Length, Convert.ToHexStringLower(SHA256.HashData(packed))), await Put(packed));
        Assert.Equal(packed, File.ReadAllBytes(tree.LogPath("artifacts.tar.gz")));
        Assert.Single(tree.AllFiles());
    }

    [Fact]
    public async Task Whole_gzip_of_any_size_and_number_of_members_is_taken()
    {
        var random = new Random(1);
        foreach (var length in Enumerable.Range(8150, 60).Concat([1, 40, 65_500, 81_920, 200_000]))
        {
            var plain = new byte[length];
            random.NextBytes(plain);
            var packed = Gzip(plain, CompressionLevel.NoCompression);
            Assert.Equal(packed.Length, (await Put(packed)).Size);
            Assert.Equal(2 * packed.Length, (await Put([.. packed, .. packed])).Size);
        }
    }

    [Fact]
    public async Task Gzip_cut_anywhere_is_refused()
    {
        var packed = Gzip(LogOf(5000));
        for (var length = 0; length < packed.Length; length++)
            await RefusedWhole(packed[..length], $"cut to {length} of {packed.Length}");
    }

    [Fact]
    public async Task Uncompressed_blocks_cut_anywhere_are_refused()
    {
        var packed = Gzip(LogOf(400), CompressionLevel.NoCompression);
        for (var length = 0; length < packed.Length; length++)
            await RefusedWhole(packed[..length], $"cut to {length} of {packed.Length}");
    }

    [Fact]
    public async Task Gzip_with_a_damaged_byte_or_something_behind_it_is_refused()
    {
        var packed = Gzip(LogOf(50_000));
        foreach (var place in new[] { 0, 1, 2, packed.Length / 2, packed.Length - 8, packed.Length - 1 })
        {
            var damaged = packed.ToArray();
            damaged[place] ^= 0x5a;
            await RefusedWhole(damaged, $"damaged at {place}");
        }
        await RefusedWhole([.. packed, 0], "a zero behind it");
        await RefusedWhole([.. packed, .. "<html>"u8], "a page behind it");
        await RefusedWhole([.. packed, .. packed[..20]], "half a member behind it");
        await RefusedWhole("Not gzip at all, but long enough to look like something."u8.ToArray(), "text");
    }

    [Fact]
    public async Task A_file_that_unpacks_to_more_than_its_bound_is_refused()
    {
        var bomb = Gzip(new byte[20_000_000]);
        Assert.InRange(bomb.Length, 1, 200_000);
        var refused = await Assert.ThrowsAsync<RefusedException>(() => Put(bomb, new FileCaps(UnpackedArtifacts: 19_999_999)));
        Assert.Equal(RefusalCode.TooLarge, refused.Refusal.Code);
        Assert.Empty(tree.AllFiles());
        Assert.Equal(bomb.Length, (await Put(bomb, new FileCaps(UnpackedArtifacts: 20_000_000))).Size);
    }

    [Fact]
    public async Task A_body_beyond_its_cap_is_refused_and_leaves_nothing()
    {
        var text = "six\nby\n"u8.ToArray();
        var store = tree.Artifacts(new FileCaps(Artifacts: 6, TestbedPackages: 6, Summary: 6));
        foreach (var put in new[] { store.PutArtifacts, store.PutTestbedPackages, store.PutSummary })
        {
            var refused = await Assert.ThrowsAsync<RefusedException>(() => put(Hello, 1, new MemoryStream(text), CancellationToken.None));
            Assert.Equal(RefusalCode.TooLarge, refused.Refusal.Code);
        }
        Assert.Empty(tree.AllFiles());
    }

    [Fact]
    public async Task Sent_again_a_file_replaces_and_a_refused_one_does_not()
    {
        await Put(Gzip(LogOf(100, seed: 1)));
        var second = Gzip(LogOf(100, seed: 2));
        await Put(second);
        await Assert.ThrowsAsync<RefusedException>(() => Put(second[..20]));
        Assert.Equal(second, File.ReadAllBytes(tree.LogPath("artifacts.tar.gz")));
        Assert.Single(tree.AllFiles());
    }

    [Fact]
    public async Task Text_files_stand_under_their_own_names()
    {
        var store = tree.Artifacts();
        var text = "libc6\t2.36-9+deb12u10\n"u8.ToArray();
        var taken = await store.PutTestbedPackages(Hello, 1, new MemoryStream(text), CancellationToken.None);
        await store.PutSummary(Hello, 1, new MemoryStream(text), CancellationToken.None);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(text)), taken.Sha256);
        Assert.Equal(text, File.ReadAllBytes(tree.LogPath("testbed-packages")));
        Assert.Equal(text, File.ReadAllBytes(tree.LogPath("summary")));
    }

    private Task<TakenFile> Put(byte[] body, FileCaps? caps = null) =>
        tree.Artifacts(caps).PutArtifacts(Hello, 1, new MemoryStream(body), CancellationToken.None);

    private async Task RefusedWhole(byte[] body, string what)
    {
        var refusal = await Record.ExceptionAsync(() => Put(body));
        Assert.True(refusal is RefusedException { Refusal.Code: RefusalCode.Invalid }, $"{what}: {refusal?.ToString() ?? "taken"}");
        Assert.Empty(tree.AllFiles());
    }
}
