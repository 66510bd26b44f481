using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Security.Cryptography;
using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Tests;

public class OutputArchiveTests
{
    private const long Roomy = 10_000_000;

    [Fact]
    public async Task Links_are_stored_as_links_and_their_targets_stay_out()
    {
        using var folder = new Folder();
        await File.WriteAllTextAsync(folder.File("secret"), "the worker's key");
        var output = Directory.CreateDirectory(folder.File("output")).FullName;
        File.CreateSymbolicLink(Path.Combine(output, "summary"), folder.File("secret"));
        Directory.CreateSymbolicLink(Path.Combine(output, "artifacts"), "/etc");

        var entries = await PackAsync(folder, Roomy);

        Assert.All(entries, e => Assert.Equal(TarEntryType.SymbolicLink, e.EntryType));
        Assert.Equal(2, entries.Count);
        Assert.Equal("", PlainFile.Text(Path.Combine(output, "summary"), 1000));
    }

    [Fact]
    public async Task Pipes_are_left_out_and_nobody_waits_for_their_other_end()
    {
        using var folder = new Folder();
        var output = Directory.CreateDirectory(folder.File("output")).FullName;
        await File.WriteAllTextAsync(Path.Combine(output, "log"), "a log");
        using (var mkfifo = Process.Start("mkfifo", [Path.Combine(output, "pipe")]))
            await mkfifo.WaitForExitAsync();

        var entries = await PackAsync(folder, Roomy);

        Assert.Equal(["log"], entries.Select(e => e.Name));
        Assert.Null(PlainFile.TryOpen(Path.Combine(output, "pipe")));
    }

    [Fact]
    public async Task What_is_too_large_goes_without_the_tests_own_artifacts()
    {
        using var folder = new Folder();
        var artifacts = Directory.CreateDirectory(folder.File("output/artifacts")).FullName;
        await File.WriteAllBytesAsync(Path.Combine(artifacts, "large"), RandomNumberGenerator.GetBytes(2_000_000));
        await File.WriteAllTextAsync(folder.File("output/log"), "a log");

        var entries = await PackAsync(folder, 1_000_000);

        Assert.Equal(["log"], entries.Select(e => e.Name));
    }

    [Fact]
    public async Task What_is_too_large_even_then_is_no_archive()
    {
        using var folder = new Folder();
        Directory.CreateDirectory(folder.File("output"));
        await File.WriteAllBytesAsync(folder.File("output/log"), RandomNumberGenerator.GetBytes(2_000_000));

        Assert.False(await OutputArchive.PackAsync(folder.File("output"), folder.File("tar.gz"), 1_000_000, CancellationToken.None));
    }

    [Fact]
    public void A_text_that_is_too_long_ends_with_a_whole_line()
    {
        using var folder = new Folder();
        File.WriteAllText(folder.File("summary"), "one PASS\ntwo FAIL\nthree PASS\n");

        Assert.Equal("one PASS\ntwo FAIL\n", PlainFile.Text(folder.File("summary"), 20));
    }

    private static async Task<List<TarEntry>> PackAsync(Folder folder, long cap)
    {
        Assert.True(await OutputArchive.PackAsync(folder.File("output"), folder.File("tar.gz"), cap, CancellationToken.None));
        await using var tar = new TarReader(new GZipStream(File.OpenRead(folder.File("tar.gz")), CompressionMode.Decompress));
        var entries = new List<TarEntry>();
        while (await tar.GetNextEntryAsync(copyData: true) is { } entry)
            entries.Add(entry);
        return entries;
    }
}
