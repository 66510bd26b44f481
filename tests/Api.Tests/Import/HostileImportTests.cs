using Debci.Playground;
using Npgsql;

namespace Debci.Api.Tests.Import;

/// <summary>What is imported brings its own content, and nothing of the host's; again, it brings back nothing that was taken away.</summary>
public sealed class HostileImportTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-import-").FullName;
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start();

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    private string Result(long run) => Path.Combine(folder, "autopkgtest/testing/amd64/g/green", $"{run}");

    [Fact]
    public async Task Links_in_a_folder_lead_nowhere()
    {
        var secret = Directory.CreateDirectory(Path.Combine(folder, "secret")).FullName;
        await File.WriteAllTextAsync(Path.Combine(secret, "key"), "of the host");
        Importing.AddResult(folder, 1, 0, DateTime.UtcNow);
        Importing.AddResult(folder, 2, 0, DateTime.UtcNow);
        File.CreateSymbolicLink(Path.Combine(Result(1), "artifacts.tar.gz"), Path.Combine(secret, "key"));
        File.CreateSymbolicLink(Path.Combine(Result(1), "testbed-packages"), Path.Combine(secret, "key"));
        File.CreateSymbolicLink(Path.Combine(Result(2), "below"), secret);
        Assert.Equal(2, (await server.Import([Path.Combine(folder, "autopkgtest")])).Imported);

        foreach (var run in new[] { 1, 2 })
        {
            var artifacts = await server.Client().GetByteArrayAsync($"/data/autopkgtest/testing/amd64/g/green/{run}/artifacts.tar.gz");
            using var tar = new System.Formats.Tar.TarReader(new System.IO.Compression.GZipStream(new MemoryStream(artifacts), System.IO.Compression.CompressionMode.Decompress));
            for (var entry = tar.GetNextEntry(); entry is not null; entry = tar.GetNextEntry())
                Assert.DoesNotContain(entry.Name, new[] { "testbed-packages", "below", "below/key" });
        }
    }

    [Fact]
    public async Task Words_and_accounts_that_were_erased_do_not_come_back_with_the_same_import()
    {
        var file = await Write(Importing.Record(1, trigger: "jdoe testing a fix"));
        await server.Import([file], requester: "jdoe");
        await Execute("delete from work.texts; update work.accounts set name = 'erased' where name = 'jdoe'");

        var again = await server.Import([file], requester: "jdoe");
        Assert.Equal((0, 1, 0), (again.Imported, again.Known, again.LeftOut));
        Assert.Equal(0L, await Count("select count(*) from work.texts"));
        Assert.Equal(0L, await Count("select count(*) from work.accounts where name = 'jdoe'"));
    }

    [Fact]
    public async Task What_is_refused_leaves_no_files_at_the_other_results_address()
    {
        await server.Import([await Write(Importing.Record(1, status: "fail"))]);
        Importing.AddResult(folder, 1, 0, DateTime.UtcNow);
        Assert.Equal(1, (await server.Import([Path.Combine(folder, "autopkgtest")])).LeftOut);
        Assert.Equal(404, (int)(await server.Client().GetAsync("/data/autopkgtest/testing/amd64/g/green/1/log.gz")).StatusCode);
    }

    [Fact]
    public async Task Two_folders_of_one_run_are_told_and_the_first_counts()
    {
        Importing.AddResult(folder, 1, 0, DateTime.UtcNow);
        Importing.AddResult(Path.Combine(folder, "other"), 1, 0, DateTime.UtcNow);
        var report = await server.Import([await Write(Importing.Record(1)), Path.Combine(folder, "autopkgtest"), Path.Combine(folder, "other")]);
        Assert.Equal(1, report.Imported);
        Assert.Contains(report.Lines, line => line.Contains("another folder of this run", StringComparison.Ordinal));
    }

    private async Task<string> Write(object record)
    {
        var file = Path.Combine(folder, "listing.json");
        await File.WriteAllTextAsync(file, System.Text.Json.JsonSerializer.Serialize(new { until = 1, results = new[] { record } }));
        return file;
    }

    private async Task Execute(string sql)
    {
        await using var command = server.Get<NpgsqlDataSource>().CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<long> Count(string sql)
    {
        await using var command = server.Get<NpgsqlDataSource>().CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
