using System.Diagnostics;
using System.Text.Json;
using Debci.Api.Cli;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>import: records of a listing per second by <c>debci import</c>, at once and again, on a database that no server moves rows of meanwhile.</summary>
internal static class ImportBenchmark
{
    private const int Records = 1_000_000;

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var count = (int)(Records * scale);
        var connection = await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c));
        var file = Path.Combine(Path.GetTempPath(), $"debci-bench-{Guid.NewGuid():N}.json");
        try
        {
            await Write(file, count);
            var first = await Import(connection, file);
            var again = await Import(connection, file);
            await using var database = NpgsqlDataSource.Create(connection);
            await using var stored = database.CreateCommand("select count(*) from log.mt_events");
            if ((long)(await stored.ExecuteScalarAsync())! != count)
                throw new InvalidOperationException("not every record is stored once");
            return
            [
                Figure.Of("import.rate", "/s", [count / first.TotalSeconds], $"{count} records of a listing, PostgreSQL with fsync, process start and first look included"),
                Figure.Of("import.again", "/s", [count / again.TotalSeconds], "the same again, which stores nothing"),
            ];
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task<TimeSpan> Import(string connection, string file)
    {
        var watch = Stopwatch.StartNew();
        var start = new ProcessStartInfo(Repository.Path("src/Api/bin/Release/net10.0/debci"), ["import", file, "--requester", "britney"]);
        start.Environment["DEBCI__DATABASE__CONNECTION"] = connection;
        using var process = Process.Start(start)!;
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? watch.Elapsed : throw new InvalidOperationException($"debci import ended with {process.ExitCode}");
    }

    private static async Task Write(string path, int count)
    {
        await using var file = File.Create(path);
        await using var json = new Utf8JsonWriter(file);
        json.WriteStartArray();
        for (var i = 0; i < count; i++)
        {
            var at = new DateTime(2025, 6, 1).AddSeconds(40L * i);
            JsonSerializer.Serialize(json, new Dictionary<string, object?>
            {
                ["trigger"] = $"glibc/2.{i / 5000}", ["package"] = $"lib{(char)('a' + (i % 8))}{i * 7919L % 600}", ["arch"] = i % 2 == 0 ? "amd64" : "arm64", ["suite"] = "testing",
                ["version"] = $"1.{i / 50_000}-1", ["status"] = (i % 5) switch { 0 => "fail", 1 => "neutral", 2 => "tmpfail", _ => "pass" }, ["run_id"] = 70_000_000 + i, ["is_private"] = false,
                ["extra_apt_sources"] = new[] { "unstable" }, ["updated_at"] = $"{at:yyyy-MM-dd'T'HH:mm:ss}.123Z", ["date"] = $"{at:yyyy-MM-dd'T'HH:mm:ss}.000Z", ["duration_seconds"] = i % 900,
            });
            if (json.BytesPending > 1 << 20)
                await json.FlushAsync();
        }
        json.WriteEndArray();
    }
}
