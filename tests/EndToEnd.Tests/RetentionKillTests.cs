using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>Files that expire, while the process that deletes them is killed.</summary>
[Collection("processes")]
public sealed class RetentionKillTests
{
    private const int Runs = 400;

    [Fact]
    public async Task A_kill_between_the_event_and_the_last_file_leaves_nothing_that_the_next_round_does_not_find()
    {
        await using var world = await World.Create("[retention]\ndays = 30\n");
        var tree = Directory.CreateTempSubdirectory("debci-tree-").FullName;
        try
        {
            foreach (var run in Enumerable.Range(1, Runs))
                Add(tree, run);
            Assert.Equal(0, (await world.Debci("import", tree, "--requester", "alice")).ExitCode);
            Assert.Contains($"{Runs} runs would expire", (await world.Debci("retention", "--dry-run")).Words, StringComparison.Ordinal);
            Assert.Equal(Runs, Folders(world).Count);

            var round = world.StartVerb("retention");
            await Eventually.True("some are gone", () => Task.FromResult(Folders(world).Count < Runs || round.HasExited));
            World.Kill(round);
            Assert.Equal(0, (await world.Debci("retention")).ExitCode);

            Assert.Empty(Folders(world));
            var expired = await world.Events("run.files-expired.v1");
            Assert.Equal((Runs, Runs), (expired.Count, expired.Select(e => e.Stream).Distinct().Count()));
            Assert.Contains("no limit", (await world.Debci("retention", "--dry-run", "--config", "/dev/null")).Words, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(tree, recursive: true);
        }
    }

    // Neutral, and a year old: none of them is kept for its result.
    private static void Add(string tree, int run)
    {
        var folder = Directory.CreateDirectory(Path.Combine(tree, "autopkgtest/testing/amd64/h/hello", $"{run}")).FullName;
        foreach (var (name, text) in new[] { ("exitcode", "8\n"), ("duration", "3\n"), ("testpkg-version", "hello 1\n") })
        {
            File.WriteAllText(Path.Combine(folder, name), text);
            File.SetLastWriteTimeUtc(Path.Combine(folder, name), DateTime.UtcNow.AddDays(-365));
        }
        using var log = new System.IO.Compression.GZipStream(File.Create(Path.Combine(folder, "log.gz")), System.IO.Compression.CompressionLevel.Fastest);
        log.Write("hello\n"u8);
    }

    private static List<string> Folders(World world) => Directory.Exists(Path.Combine(world.Files, "autopkgtest"))
        ? [.. Directory.EnumerateDirectories(Path.Combine(world.Files, "autopkgtest/testing/amd64/h/hello"))] : [];
}
