using System.Formats.Tar;
using System.IO.Compression;
using System.Text;

namespace Debci.Amqp.Tests;

/// <summary>Results as debci's worker sends them, and such as it would never send.</summary>
internal static class ResultTar
{
    /// <summary>What a passed test leaves.</summary>
    public static byte[] Of(string suite, string arch, string package, long run, int exitCode = 0, string? summary = "smoke PASS\n", string log = "it went well\n", Action<TarWriter, string>? more = null) => Pack(tar =>
    {
        var folder = $"autopkgtest-incoming/{suite}/{arch}/{package[..1]}/{package}/{run}";
        tar.WriteEntry(new GnuTarEntry(TarEntryType.Directory, folder + "/"));
        File(tar, $"{folder}/exitcode", $"{exitCode}\n");
        File(tar, $"{folder}/duration", "12\n");
        File(tar, $"{folder}/testpkg-version", $"{package} 1.0-1\n");
        File(tar, $"{folder}/worker", "ci-worker-12\n");
        if (summary is not null)
            File(tar, $"{folder}/summary", summary);
        File(tar, $"{folder}/log.gz", Gzip(Encoding.UTF8.GetBytes(log)));
        more?.Invoke(tar, folder);
    });

    public static byte[] Pack(Action<TarWriter> write)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Gnu))
            write(tar);
        return packed.ToArray();
    }

    public static void File(TarWriter tar, string name, string text) => File(tar, name, Encoding.UTF8.GetBytes(text));

    public static void File(TarWriter tar, string name, byte[] content) => tar.WriteEntry(new GnuTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });

    public static byte[] Gzip(byte[] plain)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
            gzip.Write(plain);
        return packed.ToArray();
    }

    /// <summary>What stands in a gzipped tar that the server gives.</summary>
    public static async Task<IReadOnlyList<string>> Names(HttpResponseMessage answer)
    {
        await using var gzip = new GZipStream(await answer.Content.ReadAsStreamAsync(), CompressionMode.Decompress);
        await using var tar = new TarReader(gzip);
        var names = new List<string>();
        while (await tar.GetNextEntryAsync() is { } entry)
            names.Add(entry.Name);
        return names;
    }
}
