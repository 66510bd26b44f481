using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Playground;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>A server whose files are in a Swift that is killed and comes back.</summary>
public sealed class AwayTests : IAsyncLifetime
{
    private readonly byte[] log = LogOf(3000);
    private readonly byte[] artifacts = Gzip(Noise(2_000_000));
    private SwiftCluster swift = null!;
    private Server server = null!;

    public async Task InitializeAsync()
    {
        swift = await SwiftCluster.Start();
        server = await Server.Start(c => c with { Store = FileSettings.OnDisk with { Engine = FileEngine.Swift, Swift = swift.Settings() } });
    }

    public async Task DisposeAsync()
    {
        await server.DisposeAsync();
        swift.Dispose();
    }

    [Fact]
    public async Task A_worker_delivers_what_it_kept_when_the_store_is_back_and_meanwhile_everybody_is_told_so_in_a_sentence()
    {
        using var client = server.Client(server.RequestKey);
        using var worker = server.Client(server.ReportKey);
        var (runs, _) = await client.Request("first", "second");
        await Begin(worker, runs[0]);
        await Deliver(worker, runs[0], from: 0);
        await Begin(worker, runs[1]);
        Assert.Equal(HttpStatusCode.OK, (await SendLog(worker, runs[1], 0, 1000)).StatusCode);

        await swift.Kill();
        Assert.Equal(HttpStatusCode.OK, (await SendLog(worker, runs[1], 1000, 2000)).StatusCode);
        Assert.Equal(log[..2000], await client.GetByteArrayAsync($"/runs/{runs[1]}/log"));
        await IsPutOff(await PutArtifacts(worker, runs[1]));
        await IsPutOff(await worker.Report(runs[1], logSize: 2000));
        await IsPutOff(await client.GetAsync(await AddressOf(client, runs[0], "artifacts.tar.gz")));
        await Eventually.True("health names the store", async () => (await Health(client)).TryGetProperty("parts", out var parts) && IsSentence(parts.GetProperty("files").GetString()!));
        await PageSaysSo(runs[0]);

        await server.Restart(); // away at its start
        using var again = server.Client(server.ReportKey);
        await IsPutOff(await again.Report(runs[1], logSize: 2000));
        await PageSaysSo(runs[0]);

        await swift.Restart();
        await Deliver(again, runs[1], from: 2000);
        await Eventually.True("health is well again", async () => (await Health(again)).GetProperty("status").GetString() == "ok");
        using var reader = server.Client(server.RequestKey);
        foreach (var run in runs)
        {
            Assert.Equal(log, Zcat(await reader.GetByteArrayAsync(await AddressOf(reader, run, "log.gz"))));
            Assert.Equal(log, await reader.GetByteArrayAsync($"/runs/{run}/log"));
            Assert.Equal(artifacts, await reader.GetByteArrayAsync(await AddressOf(reader, run, "artifacts.tar.gz")));
        }
        using var range = new HttpRequestMessage(HttpMethod.Get, await AddressOf(reader, runs[1], "artifacts.tar.gz")) { Headers = { Range = new(1_000_000, 1_000_009) } };
        using var part = await reader.SendAsync(range);
        Assert.Equal((HttpStatusCode.PartialContent, 10), (part.StatusCode, (await part.Content.ReadAsByteArrayAsync()).Length));
    }

    private static async Task Begin(HttpClient worker, long run)
    {
        JsonElement? claimed = null;
        await Eventually.True("a run is claimed", async () => (claimed = await worker.Claim(waitSeconds: 10)) is not null);
        Assert.Equal(run, claimed!.Value.GetProperty("run").GetInt64());
    }

    private async Task Deliver(HttpClient worker, long run, int from)
    {
        (await SendLog(worker, run, from, log.Length)).EnsureSuccessStatusCode();
        (await PutArtifacts(worker, run)).EnsureSuccessStatusCode();
        (await worker.Report(run, logSize: log.Length)).EnsureSuccessStatusCode();
    }

    private Task<HttpResponseMessage> SendLog(HttpClient worker, long run, int from, int to) =>
        worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset={from}", new ByteArrayContent(log, from, to - from));

    private Task<HttpResponseMessage> PutArtifacts(HttpClient worker, long run) =>
        worker.PutAsync($"/worker/v1/runs/{run}/attempts/1/artifacts?worker=w1", new ByteArrayContent(artifacts));

    private static async Task<string> AddressOf(HttpClient client, long run, string file)
    {
        var found = await client.Data("query ($id: ID!) { run(id: $id) { package } }", new { id = $"{run}" });
        var package = found.GetProperty("run").GetProperty("package").GetString()!;
        return $"/data/autopkgtest/testing/amd64/{package[..1]}/{package}/{run}/{file}";
    }

    private static async Task IsPutOff(HttpResponseMessage answer)
    {
        using (answer)
        {
            var refusal = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "UNAVAILABLE"), (answer.StatusCode, refusal.GetProperty("code").GetString()));
            Assert.True(IsSentence(refusal.GetProperty("message").GetString()!), $"{refusal}");
        }
    }

    private async Task PageSaysSo(long run)
    {
        using var browser = server.Client();
        browser.DefaultRequestHeaders.Accept.ParseAdd("text/html");
        using var page = await browser.GetAsync($"/runs/{run}");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.True(IsSentence(WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync())));
    }

    private static bool IsSentence(string text) =>
        text.Contains("The files are kept in Swift at http://127.0.0.1:", StringComparison.Ordinal) && text.Contains("which cannot be used just now", StringComparison.Ordinal);

    private static async Task<JsonElement> Health(HttpClient client)
    {
        using var answer = await client.GetAsync("/health");
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
