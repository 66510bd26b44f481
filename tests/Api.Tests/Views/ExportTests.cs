using Debci.Api.Configuration;
using Debci.Api.Export;
using Debci.Api.GraphQL;
using Debci.Api.Views.Feeds;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Tests.Views;

/// <summary>The tree for mirrors: what the server shows, and nothing touched that did not change.</summary>
public sealed class ExportTests(Published world) : IClassFixture<Published>, IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-export-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task The_tree_is_what_the_server_shows_and_a_second_round_touches_only_what_changed()
    {
        var (written, deleted) = await Export();
        Assert.Equal((Files().Count, 0), (written, deleted));
        foreach (var file in Files())
            Assert.True(await world.Anybody.GetStringAsync($"/data/{file}") == await File.ReadAllTextAsync(Path.Combine(folder.FullName, file)), file);
        foreach (var expected in new[] { "status/testing/amd64/packages.json", "status/testing/amd64/2025/03/04.json", "status/unstable/arm64/packages.json", "packages/testing/amd64/g/green/latest.json",
            "packages/testing/amd64/libp/libpng1.6/history.json", "packages/testing/amd64/g/gone/history.json", "feeds/g/green.xml", "feeds/status/testing/amd64.xml" })
            Assert.Contains(expected, Files());
        Assert.DoesNotContain(Files(), f => f.Contains("hidden", StringComparison.Ordinal) || f.EndsWith("gone/latest.json", StringComparison.Ordinal));
        Assert.DoesNotContain("secret", string.Concat(Files().Select(f => File.ReadAllText(Path.Combine(folder.FullName, f)))), StringComparison.Ordinal);
        Assert.Equal((0, 0), await Export());

        await world.Add(20, "libpng1.6", Status.Pass, Published.Monday.AddDays(9));
        await world.Tell(Streams.Sources("testing"), new SourceEvent.Removed("testing", "green"));
        var before = Times();
        var (changed, gone) = await Export();
        Assert.Equal(1, gone);
        Assert.False(File.Exists(Path.Combine(folder.FullName, "packages/testing/amd64/g/green/latest.json")));
        var touched = Times().Where(t => !before.TryGetValue(t.Key, out var at) || at != t.Value).Select(t => t.Key).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(changed, touched.Count);
        Assert.All(touched, t => Assert.Matches("^(status/testing/amd64/|packages/testing/amd64/libp/libpng1.6/|feeds/status/testing/amd64.xml|feeds/libp/)", t));
        Assert.DoesNotContain("status/testing/amd64/2025/03/04.json", touched);
        await world.Tell(Streams.Sources("testing"), new SourceEvent.Returned("testing", "green"));
        await Export();
        Assert.True(File.Exists(Path.Combine(folder.FullName, "packages/testing/amd64/g/green/latest.json")));
    }

    [Fact]
    public async Task What_a_crash_left_is_cleared_away_a_file_of_somebody_elses_is_replaced_and_two_at_once_are_refused()
    {
        Directory.CreateDirectory(Path.Combine(folder.FullName, ".aside"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, ".aside/17"), "half");
        Directory.CreateDirectory(Path.Combine(folder.FullName, "status/testing/amd64"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "status/testing/amd64/history.json"), "{half");
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, ".debci-export.json"), "[");
        await Export();
        Assert.Empty(Directory.EnumerateFiles(Path.Combine(folder.FullName, ".aside")));
        Assert.Equal(await world.Anybody.GetStringAsync("/data/status/testing/amd64/history.json"), await File.ReadAllTextAsync(Path.Combine(folder.FullName, "status/testing/amd64/history.json")));
        using var first = new ExportTree(folder.FullName);
        Assert.Contains("under way", Assert.Throws<InvalidOperationException>(() => new ExportTree(folder.FullName)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hundreds_of_packages_without_a_current_result_wait_for_the_disk_a_few_times()
    {
        for (var i = 0; i < 40; i++)
            await world.Add(3000 + i, $"pinned-{i}", Status.Pass, Published.Monday, pins: [new Pin(["src:green"], "unstable")], suite: "experimental");
        using (var tree = new ExportTree(folder.FullName))
            Assert.InRange(await Waits(tree), 1, 3 + (tree.Written / 200));
        await world.Add(3100, "pinned-1", Status.Pass, Published.Monday, suite: "experimental");
        using (var tree = new ExportTree(folder.FullName))
            await Waits(tree);
        for (var i = 0; i < 2; i++)
            await world.Tell(Streams.Sources("experimental"), new SourceEvent.Removed("experimental", $"pinned-{i}"));
        using (var tree = new ExportTree(folder.FullName))
        {
            Assert.InRange(await Waits(tree), 1, 4);
            Assert.Equal(1, tree.Deleted);
        }
    }

    [Fact]
    public void A_folder_that_cannot_be_written_to_is_told_as_what_it_is()
    {
        var file = Path.Combine(folder.FullName, "file");
        File.WriteAllText(file, "");
        Assert.Contains("cannot be written to", Assert.Throws<InvalidOperationException>(() => new ExportTree(file)).Message, StringComparison.Ordinal);
    }

    private async Task<int> Waits(ExportTree tree)
    {
        var export = new JsonExport(world.Server.Get<StatusesQueries>(), world.Server.Get<JobsQueries>(), world.Server.Get<FeedViews>(), world.Server.Get<Atom>(), new ExportQueries(world.Server.Get<Npgsql.NpgsqlDataSource>()));
        await export.Run(tree, world.Server.Get<LogIdentity>().Id, [], world.Today, default);
        return tree.Waits;
    }

    private async Task<(int Written, int Deleted)> Export()
    {
        using var tree = new ExportTree(folder.FullName);
        var export = new JsonExport(world.Server.Get<StatusesQueries>(), world.Server.Get<JobsQueries>(), world.Server.Get<FeedViews>(), world.Server.Get<Atom>(), new ExportQueries(world.Server.Get<Npgsql.NpgsqlDataSource>()));
        var archive = world.Server.Get<LiveConfiguration>().Current;
        var state = Path.Combine(folder.FullName, ".debci-export.json");
        var old = File.Exists(state) ? await File.ReadAllTextAsync(state) : null;
        await export.Run(tree, world.Server.Get<LogIdentity>().Id, archive.Suites.SelectMany(s => archive.Arches.Select(a => (s, a))), world.Today, default);
        return (tree.Written - (await File.ReadAllTextAsync(state) == old ? 0 : 1), tree.Deleted); // how far it is is no file of the tree
    }

    private List<string> Files() => [.. Directory.EnumerateFiles(folder.FullName, "*", SearchOption.AllDirectories).Select(f => Path.GetRelativePath(folder.FullName, f)).Where(f => !f.StartsWith('.'))];

    private Dictionary<string, DateTime> Times() => Files().ToDictionary(f => f, f => File.GetLastWriteTimeUtc(Path.Combine(folder.FullName, f)));
}
