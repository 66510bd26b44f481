using System.Diagnostics;
using System.Text.Json;
using System.Xml.Linq;
using Debci.Playground;
using Npgsql;

namespace Debci.EndToEnd.Tests;

/// <summary>The tree for mirrors, while the process that writes it is killed.</summary>
[Collection("processes")]
public sealed class ExportKillTests
{
    private const int Packages = 500;

    [Fact]
    public async Task A_kill_in_the_midst_leaves_whole_files_the_old_or_the_new_and_the_next_export_ends_it()
    {
        await using var world = await World.Create();
        var tree = world.File("tree");
        await Import(world, 1, "pass", Packages / 2);
        Assert.Equal(0, (await world.Debci("export-json", tree)).ExitCode);
        var old = Read(tree);
        await Import(world, 2, "fail", Packages);

        await KillBeforeFeeds(world, tree);

        var left = Read(tree);
        Assert.InRange(left.Count(f => !old.TryGetValue(f.Key, out var before) || before != f.Value), 1, 3 * Packages);
        Assert.Equal(0, (await world.Debci("export-json", tree)).ExitCode);
        Assert.Equal(0, (await world.Debci("export-json", world.File("fresh"))).ExitCode);
        var (ended, fresh) = (Read(tree), Read(world.File("fresh")));
        Assert.Equal(fresh.Keys.Order(), ended.Keys.Order());
        Assert.All(fresh, f => Assert.Equal(f.Value, ended[f.Key]));
        Assert.All(left.Keys, f => Assert.True(left[f] == ended[f] || left[f] == old[f], f));
        Assert.Contains("Wrote 0 files", (await world.Debci("export-json", tree)).Words, StringComparison.Ordinal);
    }

    // The export looks for what changed, writes it, and then each package's feed: who holds what it would look at next knows where it is.
    private static async Task KillBeforeFeeds(World world, string tree)
    {
        await using var changed = await world.Database.OpenConnectionAsync();
        await using var feeds = await world.Database.OpenConnectionAsync();
        await using var beforeFiles = await Hold(changed, "read.history");
        var export = world.StartVerb("export-json", tree);
        await Waits(world, export, "read.history");
        await using var beforeFeeds = await Hold(feeds, "read.transitions");
        await beforeFiles.CommitAsync();
        await Waits(world, export, "read.transitions");
        World.Kill(export);
    }

    private static async Task<NpgsqlTransaction> Hold(NpgsqlConnection connection, string table)
    {
        var held = await connection.BeginTransactionAsync();
        await using var command = new NpgsqlCommand($"lock table {table} in access exclusive mode", connection, held);
        await command.ExecuteNonQueryAsync();
        return held;
    }

    private static Task Waits(World world, Process export, string table) => Eventually.True($"the export waits for {table}", async () =>
    {
        Assert.False(export.HasExited, "it ended by itself");
        await using var waiting = world.Database.CreateCommand("select exists (select from pg_locks where not granted and relation = to_regclass($1))");
        waiting.Parameters.Add(new() { Value = table });
        return (bool)(await waiting.ExecuteScalarAsync())!;
    });

    // A listing of another debci's, with a run of each package.
    private static async Task Import(World world, int round, string status, int packages)
    {
        var listing = world.File($"listing{round}.json");
        var (date, updated) = ($"2026-0{round}-01T12:00:00.000Z", $"2026-0{round}-01T12:00:02.000Z");
        await File.WriteAllTextAsync(listing, JsonSerializer.Serialize(new
        {
            until = 1,
            results = Enumerable.Range(1, packages).Select(i => new
            {
                run_id = (round * 10_000) + i, package = $"package-{i}", suite = "bookworm", arch = "amd64", version = $"{round}-1", trigger = $"package-{i}/{round}-1", status, is_private = false,
                extra_apt_sources = Array.Empty<string>(), updated_at = updated, date, duration_seconds = 1,
            }),
        }));
        var (code, said) = await world.Debci("import", listing, "--requester", "alice");
        Assert.True(code == 0, said);
        await Eventually.True("the rows have it", async () =>
        {
            await using var behind = world.Database.CreateCommand("select count(*) from read.history");
            return (long)(await behind.ExecuteScalarAsync())! >= packages;
        }, TimeSpan.FromSeconds(60));
    }

    // Every file that a mirror would take; each is whole.
    private static Dictionary<string, string> Read(string tree)
    {
        var files = Directory.EnumerateFiles(tree, "*", SearchOption.AllDirectories).Where(f => !Path.GetRelativePath(tree, f).StartsWith('.')).ToDictionary(f => Path.GetRelativePath(tree, f), File.ReadAllText);
        foreach (var (path, text) in files)
        {
            if (path.EndsWith(".json", StringComparison.Ordinal))
                JsonDocument.Parse(text).Dispose();
            else
                XDocument.Parse(text);
        }
        return files;
    }
}
