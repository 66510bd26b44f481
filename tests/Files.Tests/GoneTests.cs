using System.Net;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Domain;
using Debci.Playground;
using Npgsql;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>Files that were whole, and that somebody, or the store at the end of a lifetime, has deleted: no event tells of it.</summary>
public sealed class GoneTests
{
    private readonly byte[] log = LogOf(3000);

    [Theory]
    [InlineData(FileEngine.Files)]
    [InlineData(FileEngine.Swift)]
    public async Task A_run_whose_log_and_artifacts_are_gone_says_so_on_its_page_and_its_addresses_answer_410(FileEngine engine)
    {
        await using var server = await Start(engine);
        var run = await Deliver(server);
        await server.Get<IFileStore>().DeleteFolder(StorePath.OfRun(run), default);
        await SaysSo(server, run);
        await Forget(server); // a month later the database knows nothing of the log either
        await SaysSo(server, run);
    }

    [Theory]
    [InlineData(FileEngine.Files)]
    [InlineData(FileEngine.Swift)]
    public async Task A_log_that_is_gone_does_not_come_back_empty_where_the_artifacts_are_left(FileEngine engine)
    {
        await using var server = await Start(engine);
        var run = await Deliver(server);
        await server.Get<IFileStore>().DeleteFolder(StorePath.OfRun(run), default);
        await server.Get<IFileStore>().Put(server.Get<AsideFolder>(), StorePath.Of(run, 1, RunFile.Artifacts), Gzip(log));
        await Forget(server);
        using var reader = server.Client(server.RequestKey);
        Assert.Equal(Gzip(log), await reader.GetByteArrayAsync(FileAddresses(run, "artifacts.tar.gz")));
        await IsGone(reader, FileAddresses(run, "log.gz"));
        await IsGone(reader, $"/runs/{run.Id}/log");
        Assert.Null(await server.Get<IFileStore>().Find(StorePath.Of(run, 1, RunFile.Log), default));
    }

    [Fact]
    public async Task An_index_without_its_log_says_so_too()
    {
        await using var server = await Start(FileEngine.Files);
        var run = await Deliver(server);
        foreach (var path in new[] { StorePath.Of(run, RunFile.Log), StorePath.Of(run, 1, RunFile.Log) })
            File.Delete(server.Get<FileLayout>().At(path));
        using var reader = server.Client(server.RequestKey);
        await IsGone(reader, $"/runs/{run.Id}/log");
        await PageSaysSo(reader, run);
    }

    [Fact]
    public async Task A_report_of_a_log_that_a_disk_has_damaged_is_taken_and_whoever_reads_the_log_is_told()
    {
        await using var server = await Start(FileEngine.Files);
        using var client = server.Client(server.RequestKey);
        using var worker = server.Client(server.ReportKey);
        var (runs, _) = await client.Request("hello");
        await Eventually.True("a run is claimed", async () => await worker.Claim(waitSeconds: 10) is not null);
        var large = LogOf(LogFolder.MemberSize + 1000);
        (await worker.PostAsync($"/worker/v1/runs/{runs[0]}/attempts/1/log?worker=w1&offset=0", new ByteArrayContent(large))).EnsureSuccessStatusCode();
        var path = server.Get<FileLayout>().At(StorePath.Of(new RunKey(runs[0], "hello", "testing", "amd64", Private: false), 1, RunFile.Log));
        await File.WriteAllBytesAsync(path, new byte[new FileInfo(path).Length]);

        (await worker.Report(runs[0], logSize: large.Length)).EnsureSuccessStatusCode();

        await Eventually.True("the run is over", async () => (await client.Data("query ($id: ID!) { run(id: $id) { status } }", new { id = $"{runs[0]}" })).GetProperty("run").GetProperty("status").GetString() == "PASS");
        using var log = await client.GetAsync($"/runs/{runs[0]}/attempts/1/log/outline");
        Assert.Equal(HttpStatusCode.Gone, log.StatusCode);
        Assert.Contains("is damaged", await log.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using var ask = new HttpRequestMessage(HttpMethod.Get, $"/runs/{runs[0]}") { Headers = { { "Accept", "text/html" } } };
        using var page = await client.SendAsync(ask);
        Assert.Contains("is damaged in the store of files", await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private static async Task SaysSo(Server server, RunKey run)
    {
        using var reader = server.Client(server.RequestKey);
        await PageSaysSo(reader, run);
        foreach (var address in new[] { $"/runs/{run.Id}/log", $"/runs/{run.Id}/attempts/1/log/outline", $"/runs/{run.Id}/attempts/1/log/lines", FileAddresses(run, "log.gz"), FileAddresses(run, "artifacts.tar.gz") })
            await IsGone(reader, address);
        using var none = await reader.GetAsync(FileAddresses(run, "testbed-packages"));
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    private static async Task PageSaysSo(HttpClient reader, RunKey run)
    {
        using var ask = new HttpRequestMessage(HttpMethod.Get, $"/runs/{run.Id}") { Headers = { { "Accept", "text/html" } } };
        using var page = await reader.SendAsync(ask);
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains($"The log of attempt 1 at run {run.Id} is gone: it was kept, and is not in the store of files any more.", WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync()), StringComparison.Ordinal);
    }

    private static async Task IsGone(HttpClient reader, string address)
    {
        using var answer = await reader.GetAsync(address);
        var refusal = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Gone, $"{address}: {answer.StatusCode} {refusal}");
        Assert.Contains("is not in the store of files any more", JsonSerializer.Deserialize<JsonElement>(refusal).GetProperty("message").GetString(), StringComparison.Ordinal);
    }

    private static async Task<Server> Start(FileEngine engine)
    {
        var swift = engine == FileEngine.Swift ? (await SwiftCluster.Shared).Settings() : new();
        return await Server.Start(c => c with { Store = FileSettings.OnDisk with { Engine = engine, Swift = swift } });
    }

    private async Task<RunKey> Deliver(Server server)
    {
        using var client = server.Client(server.RequestKey);
        using var worker = server.Client(server.ReportKey);
        var (runs, _) = await client.Request("hello");
        await Eventually.True("a run is claimed", async () => await worker.Claim(waitSeconds: 10) is not null);
        (await worker.PostAsync($"/worker/v1/runs/{runs[0]}/attempts/1/log?worker=w1&offset=0", new ByteArrayContent(log))).EnsureSuccessStatusCode();
        (await worker.PutAsync($"/worker/v1/runs/{runs[0]}/attempts/1/artifacts?worker=w1", new ByteArrayContent(Gzip(log)))).EnsureSuccessStatusCode();
        (await worker.Report(runs[0], logSize: log.Length)).EnsureSuccessStatusCode();
        await Eventually.True("the run is over", async () => (await client.Data("query ($id: ID!) { run(id: $id) { state } }", new { id = $"{runs[0]}" })).GetProperty("run").GetProperty("state").GetString() == "FINISHED");
        return new RunKey(runs[0], "hello", "testing", "amd64", Private: false);
    }

    private static async Task Forget(Server server)
    {
        await using (var rows = server.Get<NpgsqlDataSource>().CreateCommand("delete from work.log_buffers"))
            await rows.ExecuteNonQueryAsync();
        await server.Restart();
    }

    private static string FileAddresses(RunKey run, string file) => $"/data/{StorePath.OfRun(run)}/{file}";
}
