using System.IO.Compression;
using System.Text;
using Debci.Api.Files;
using Debci.Domain;

namespace Debci.Files.Tests;

/// <summary>What the tests of all stores need: a folder for what is on its way, runs that nobody else has, and bytes.</summary>
internal static class Trees
{
    private static long lastRun = 1000;

    /// <summary>A run of its own, so that tests may share a store.</summary>
    public static RunKey NewRun(string package = "hello") => new(Interlocked.Increment(ref lastRun), package, "bookworm", "amd64", Private: false);

    /// <summary>Log lines that compress like a log, the same for the same seed.</summary>
    public static byte[] LogOf(int length, int seed = 1)
    {
        var random = new Random(seed);
        var text = new StringBuilder(length + 100);
        while (text.Length < length)
            text.Append(text.Length).Append("s: Get:").Append(random.Next(500)).Append(" http://deb.debian.org/debian bookworm/main\n");
        return Encoding.ASCII.GetBytes(text.ToString(0, length));
    }

    /// <summary>Bytes that do not compress.</summary>
    public static byte[] Noise(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>What zcat prints.</summary>
    public static byte[] Zcat(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var plain = new MemoryStream();
        gzip.CopyTo(plain);
        return plain.ToArray();
    }

    /// <summary>gzip.</summary>
    public static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest))
            gzip.Write(plain);
        return packed.ToArray();
    }

    /// <summary>Puts bytes.</summary>
    public static async Task Put(this IFileStore store, AsideFolder aside, string path, byte[] bytes)
    {
        using var file = aside.New();
        await File.WriteAllBytesAsync(file.Path, bytes);
        await store.Put(path, file, CancellationToken.None);
    }

    /// <summary>All bytes of a file; null when there is none.</summary>
    public static async Task<byte[]?> Bytes(this IFileStore store, string path)
    {
        await using var file = await store.Open(path, CancellationToken.None);
        if (file is null)
            return null;
        using var all = new MemoryStream();
        await file.CopyToAsync(all);
        return all.ToArray();
    }

    /// <summary>The names of a folder, by their addresses behind it.</summary>
    public static async Task<string[]> Names(this IFileStore store, string folder) =>
        [.. (await store.List(folder, CancellationToken.None).ToListAsync()).Select(f => f.Path[(folder.Length + 1)..])];
}
