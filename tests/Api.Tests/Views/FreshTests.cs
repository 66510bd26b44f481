using System.Net;
using Debci.Playground;

namespace Debci.Api.Tests.Views;

/// <summary>What changes, on a server of its own.</summary>
public sealed class FreshTests
{
    [Fact]
    public async Task A_result_shows_at_once_a_source_leaves_and_returns_and_the_files_of_the_newest_run_are_found()
    {
        await using var server = await Server.Start();
        var (anybody, worker) = (server.Client(), server.Client(server.ReportKey));
        await server.Client(server.RequestKey).Request("hello");
        var before = await Seen();
        var run = (await worker.Claim(waitSeconds: 10))!.Value.GetProperty("run").GetInt64();
        using (await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new StringContent("first <line>\n")))
        using (var reported = await worker.Report(run, exitCode: 4, summary: "t FAIL\n", version: "hello 2-1", logSize: 13))
            reported.EnsureSuccessStatusCode();
        await Passed();

        var after = await Seen();
        Assert.Equal("[]", before.Body);
        Assert.NotEqual(before.Tag, after.Tag);
        Assert.Contains($"\"version\":\"2-1\",\"status\":\"fail\",\"run_id\":{run}", after.Body, StringComparison.Ordinal);
        Assert.Contains("\"created_at\":\"2", after.Body, StringComparison.Ordinal);
        Assert.Contains("\"log_size\":13", after.Body, StringComparison.Ordinal);

        const string hello = "/data/packages/testing/amd64/h/hello";
        using (var log = new System.IO.Compression.GZipStream(await anybody.GetStreamAsync($"{hello}/latest-autopkgtest/log.gz"), System.IO.Compression.CompressionMode.Decompress))
        using (var text = new StreamReader(log))
            Assert.Equal("first <line>\n", await text.ReadToEndAsync());
        using (var plain = await anybody.GetAsync($"{hello}/{run}.log"))
            Assert.Equal(("text/plain", "nosniff", "first <line>\n"), (plain.Content.Headers.ContentType!.MediaType, plain.Headers.GetValues("X-Content-Type-Options").Single(), await plain.Content.ReadAsStringAsync()));
        using (var unpacking = new HttpClient(new HttpClientHandler { AutomaticDecompression = DecompressionMethods.GZip }) { BaseAddress = server.Address })
            Assert.Equal("first <line>\n", await unpacking.GetStringAsync($"{hello}/{run}.log"));
        foreach (var missing in new[] { $"{hello}/4711.log", $"/data/packages/testing/amd64/x/hello/{run}.log" })
            Assert.Equal(404, (int)(await anybody.GetAsync(missing)).StatusCode);
        foreach (var (taken, packed) in new[] { ("gzip;q=0", false), ("br, gzip;q=0, *", false), ("*;q=0", false), ("GZIP;q=0.1, identity", true), ("*", true) })
        {
            using var asking = new HttpRequestMessage(HttpMethod.Get, $"{hello}/{run}.log");
            Assert.True(asking.Headers.TryAddWithoutValidation("Accept-Encoding", taken));
            using var log = await anybody.SendAsync(asking);
            Assert.Equal((taken, packed), (taken, log.Content.Headers.ContentEncoding.Contains("gzip")));
        }

        await Tell(server.SystemKey, "removed: [\"hello\"]", "Decided");
        Assert.Equal("[]", (await Seen()).Body);
        Assert.StartsWith("{\"pass\":0,\"fail\":0,\"neutral\":0,\"tmpfail\":0,\"total\":0,", await anybody.GetStringAsync("/data/status/testing/amd64/status.json"), StringComparison.Ordinal);
        await Tell(server.SystemKey, "returned: [\"hello\"]", "Decided");
        Assert.Equal(after.Body, (await Seen()).Body);
        await Tell(server.RequestKey, "removed: [\"hello\"]", "NOT_ALLOWED");
        await Tell(server.SystemKey, "removed: [\"../etc\"]", "no source package name");

        async Task<(string Tag, string Body)> Seen()
        {
            using var answer = await anybody.GetAsync("/data/status/testing/amd64/packages.json");
            return ($"{answer.Headers.ETag}", await answer.Content.ReadAsStringAsync());
        }

        async Task Tell(string key, string what, string answer) => Assert.Contains(answer,
            $"{await server.Client(key).Ask($$"""mutation { tellSources(suite: "testing", {{what}}) { __typename ... on Refused { code message } } }""")}", StringComparison.Ordinal);

        async Task Passed() => Assert.True(await server.Get<Projections.ReadPosition>().WaitFor(await server.Get<EventLog.IEventLog>().Head(), TimeSpan.FromSeconds(20)));
    }
}
