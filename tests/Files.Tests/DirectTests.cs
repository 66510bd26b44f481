using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Api.Files.S3;
using Debci.Api.Files.Swift;
using Debci.Playground;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using static Debci.Files.Tests.Trees;

namespace Debci.Files.Tests;

/// <summary>Browsers and workers at the store itself, by addresses that the server signs: Swift's TempURL, S3's presigned ones.</summary>
public sealed class DirectTests : IAsyncLifetime
{
    private readonly byte[] artifacts = Gzip(Noise(2_000_000));
    private readonly HttpClient anybody = new(new HttpClientHandler { AllowAutoRedirect = false });

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        anybody.Dispose();
        return Task.CompletedTask;
    }

    [Theory]
    [InlineData(FileEngine.Swift)]
    [InlineData(FileEngine.S3)]
    public async Task A_worker_sends_artifacts_to_the_store_and_a_browser_fetches_them_there(FileEngine engine)
    {
        await using var server = await Start(engine);
        using var worker = server.Client(server.ReportKey);
        var (run, claimed) = await Claim(server, worker);
        Assert.True(claimed.GetProperty("directUploads").GetBoolean());

        var offer = await Offer(worker, run, Facts(artifacts));
        Assert.Equal(HttpStatusCode.BadRequest, (await Sent(worker, run, offer, Facts(artifacts))).StatusCode); // it was not sent yet
        Assert.False((await Put(offer, Noise(artifacts.Length))).IsSuccessStatusCode); // other bytes than were offered
        Assert.True((await Put(offer, artifacts)).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Sent(worker, run, offer, Facts(Noise(artifacts.Length)))).StatusCode);
        foreach (var _ in new[] { 1, 2 }) // the second, since an answer may be lost
        {
            using var taken = await Sent(worker, run, offer, Facts(artifacts));
            Assert.Equal(artifacts.Length, (await taken.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("size").GetInt64());
        }
        await Overwrite(engine, offer);
        using (var again = await Sent(worker, run, offer, Facts(artifacts)))
            Assert.Equal(HttpStatusCode.OK, again.StatusCode);
        (await worker.Report(run)).EnsureSuccessStatusCode();
        await Overwrite(engine, offer);

        using var told = await anybody.GetAsync(new Uri(server.Address, $"/data/autopkgtest/testing/amd64/libs/libsigc++-2.0/{run}/artifacts.tar.gz"));
        Assert.Equal((HttpStatusCode.TemporaryRedirect, "no-store"), (told.StatusCode, $"{told.Headers.CacheControl}"));
        Assert.NotEqual(server.Address.Port, told.Headers.Location!.Port);
        using var fetched = await anybody.GetAsync(told.Headers.Location);
        Assert.Equal("application/gzip", fetched.Content.Headers.ContentType?.MediaType);
        Assert.Equal(artifacts, await fetched.Content.ReadAsByteArrayAsync());
        var elsewhere = new Uri(told.Headers.Location.AbsoluteUri.Replace("artifacts.tar.gz", "log.gz", StringComparison.Ordinal)); // what was not signed
        Assert.Contains((await anybody.GetAsync(elsewhere)).StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.Forbidden });
    }

    [Theory]
    [InlineData(FileEngine.Swift)]
    [InlineData(FileEngine.S3)]
    public async Task What_was_sent_and_never_taken_goes_when_it_is_old_and_what_was_taken_stays(FileEngine engine)
    {
        var swift = await SwiftCluster.Shared;
        using var store = engine == FileEngine.Swift ? (IDisposable)new SwiftStore(swift.Settings() with { TempUrlKey = "of-links" }, TimeProvider.System) : new S3Store(swift.AsS3() with { Direct = true }, TimeProvider.System);
        var direct = (IDirectStore)store;
        await direct.Check(CancellationToken.None);
        var (path, other) = (StorePath.Of(NewRun(), 1, RunFile.Artifacts), StorePath.Of(NewRun(), 1, RunFile.Artifacts));
        var taken = await Send(direct, path);
        await direct.TakeUpload(path, taken.Ticket, Facts(artifacts), CancellationToken.None);
        await Send(direct, other);
        await Send(direct, path); // once more, by a worker that had no answer

        Assert.Equal(0, await direct.DropUploads(DateTimeOffset.UtcNow.AddDays(-1), CancellationToken.None));
        Assert.Equal(2, (await direct.Names("uploads")).Length);
        Assert.Equal(2, await direct.DropUploads(DateTimeOffset.UtcNow.AddDays(1), CancellationToken.None));
        Assert.Empty(await direct.Names("uploads"));
        Assert.Equal(artifacts, await direct.Bytes(path));
    }

    [Fact]
    public async Task The_node_that_goes_on_rounds_of_retention_sweeps_up_what_Swift_was_not_told_to_delete()
    {
        await using var server = await Start(FileEngine.Swift, new DaysAhead());
        var store = (IDirectStore)server.Get<IFileStore>();
        await store.Check(CancellationToken.None);
        await Send(store, StorePath.Of(NewRun(), 1, RunFile.Artifacts));
        await Eventually.True("nothing is left of what was sent", async () => (await store.Names("uploads")).Length == 0);
    }

    // Without the header by which Swift deletes it by itself.
    private async Task<UploadOffer> Send(IDirectStore store, string path)
    {
        var offer = (await store.OfferUpload(path, Facts(artifacts), TimeSpan.FromMinutes(1), CancellationToken.None))!;
        Assert.True((await Put(offer with { Headers = offer.Headers.Where(h => h.Key != "X-Delete-After").ToDictionary() }, artifacts)).IsSuccessStatusCode);
        return offer;
    }

    // Two days on, with rounds each second.
    private sealed class DaysAhead : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(2);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime >= TimeSpan.FromMinutes(10) ? TimeSpan.FromSeconds(1) : dueTime, period);
    }

    [Fact]
    public async Task Addresses_lead_through_a_proxy_that_takes_a_path_of_its_own_away()
    {
        var swift = await SwiftCluster.Shared;
        await using var proxy = await Proxy(swift.Address, "/objects/here");
        using var store = new SwiftStore(swift.Settings() with { TempUrlKey = "of-links", PublicUrl = $"{proxy.Urls.First()}/objects/here" }, TimeProvider.System);
        await store.Check(CancellationToken.None);
        var path = StorePath.Of(NewRun("libsigc++-2.0"), 1, RunFile.Artifacts);
        var offer = (await store.OfferUpload(path, Facts(artifacts), TimeSpan.FromMinutes(1), CancellationToken.None))!;
        Assert.StartsWith($"{proxy.Urls.First()}/objects/here/v1/AUTH_test/", offer.Address.AbsoluteUri, StringComparison.Ordinal);
        Assert.True((await Put(offer, artifacts)).IsSuccessStatusCode);
        await store.TakeUpload(path, offer.Ticket, Facts(artifacts), CancellationToken.None);
        using var fetched = await anybody.GetAsync(await store.LinkTo(path, TimeSpan.FromMinutes(1), CancellationToken.None));
        Assert.Equal(artifacts, await fetched.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task What_is_no_offer_is_refused_in_a_sentence_and_the_way_through_the_server_stays()
    {
        await using var server = await Start(FileEngine.Swift);
        using var worker = server.Client(server.ReportKey);
        var (run, _) = await Claim(server, worker);
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await AskOffer(worker, run, Facts(artifacts) with { Size = 100_000_001 })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await AskOffer(worker, run, Facts(artifacts) with { Md5 = "../../x" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Sent(worker, run, Guid.NewGuid(), Facts(artifacts))).StatusCode);
        using var stranger = server.Client(server.RequestKey);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskOffer(stranger, run, Facts(artifacts))).StatusCode);
        (await worker.PutAsync($"/worker/v1/runs/{run}/attempts/1/artifacts?worker=w1", new ByteArrayContent(artifacts))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task A_store_without_signed_addresses_offers_none_and_files_come_through_the_server()
    {
        await using var server = await Server.Start();
        using var worker = server.Client(server.ReportKey);
        var (run, claimed) = await Claim(server, worker);
        Assert.False(claimed.GetProperty("directUploads").GetBoolean());
        Assert.Equal(HttpStatusCode.NoContent, (await AskOffer(worker, run, Facts(artifacts))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Sent(worker, run, Guid.NewGuid(), Facts(artifacts))).StatusCode);
    }

    // The address still counts, and in Swift it binds whoever has it to no header; S3 takes the bytes that were offered, and no others.
    private async Task Overwrite(FileEngine engine, UploadOffer offer)
    {
        var other = await Put(offer with { Headers = new Dictionary<string, string>() }, Noise(100));
        Assert.Equal(engine == FileEngine.Swift, other.IsSuccessStatusCode);
    }

    private async Task<WebApplication> Proxy(Uri behind, string path)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var proxy = builder.Build();
        proxy.UsePathBase(path);
        proxy.Run(async http =>
        {
            using var passed = new HttpRequestMessage(new HttpMethod(http.Request.Method), $"{behind.GetLeftPart(UriPartial.Authority)}{http.Request.Path.ToUriComponent()}{http.Request.QueryString}");
            if (http.Request.ContentLength is { } length)
            {
                passed.Content = new StreamContent(http.Request.Body);
                passed.Content.Headers.ContentLength = length;
            }
            using var answer = await anybody.SendAsync(passed);
            http.Response.StatusCode = http.Request.PathBase.HasValue ? (int)answer.StatusCode : 404;
            await answer.Content.CopyToAsync(http.Response.Body);
        });
        await proxy.StartAsync();
        return proxy;
    }

    private static async Task<Server> Start(FileEngine engine, TimeProvider? clock = null)
    {
        var swift = await SwiftCluster.Shared;
        return await Server.Start(c => c with { Store = new FileSettings(engine, swift.Settings() with { TempUrlKey = "of-links" }, swift.AsS3() with { Direct = true }) }, clock: clock);
    }

    private static async Task<(long Run, JsonElement Claimed)> Claim(Server server, HttpClient worker)
    {
        using var client = server.Client(server.RequestKey);
        await client.Request("libsigc++-2.0");
        JsonElement? claimed = null;
        await Eventually.True("a run is claimed", async () => (claimed = await worker.Claim(waitSeconds: 10)) is not null);
        return (claimed!.Value.GetProperty("run").GetInt64(), claimed.Value);
    }

#pragma warning disable CA5351 // what stores check bodies by
    private static UploadFacts Facts(byte[] bytes) => new(bytes.Length, Convert.ToHexStringLower(MD5.HashData(bytes)), Convert.ToHexStringLower(SHA256.HashData(bytes)));
#pragma warning restore CA5351

    private static Task<HttpResponseMessage> AskOffer(HttpClient worker, long run, UploadFacts facts) =>
        worker.PostAsJsonAsync($"/worker/v1/runs/{run}/attempts/1/artifacts/offer?worker=w1", facts);

    private static async Task<UploadOffer> Offer(HttpClient worker, long run, UploadFacts facts)
    {
        using var answer = await AskOffer(worker, run, facts);
        return (await answer.Content.ReadFromJsonAsync<UploadOffer>())!;
    }

    private static Task<HttpResponseMessage> Sent(HttpClient worker, long run, UploadOffer offer, UploadFacts facts) => Sent(worker, run, offer.Ticket, facts);

    private static Task<HttpResponseMessage> Sent(HttpClient worker, long run, Guid ticket, UploadFacts facts) =>
        worker.PostAsJsonAsync($"/worker/v1/runs/{run}/attempts/1/artifacts/sent?worker=w1&ticket={ticket}", facts);

    // Without a key or a token of any kind.
    private async Task<HttpResponseMessage> Put(UploadOffer offer, byte[] bytes)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, offer.Address) { Content = new ByteArrayContent(bytes) };
        foreach (var (name, value) in offer.Headers)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
                request.Content.Headers.TryAddWithoutValidation(name, value);
        }
        return await anybody.SendAsync(request);
    }
}
