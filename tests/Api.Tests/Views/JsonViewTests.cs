using System.IO.Compression;
using System.Net;
using System.Text.Json;

namespace Debci.Api.Tests.Views;

/// <summary>debci's JSON files, as views.</summary>
public sealed class JsonViewTests(Published world) : IClassFixture<Published>
{
    private const string Place = "/data/status/testing/amd64";
    private static readonly string[] Fields =
    [
        "trigger", "package", "arch", "suite", "version", "status", "run_id", "is_private", "extra_apt_sources", "updated_at", "date", "duration_seconds",
        "created_at", "message", "previous_status", "last_pass_date", "last_pass_version", "duration_human", "pin_packages", "worker", "worker_id", "log_size", "artifacts_size", "package_id", "requestor_id",
    ];

    [Fact]
    public async Task Packages_has_the_newest_public_result_without_pins_of_each_package_that_is_there_with_old_and_new_fields()
    {
        var jobs = (await world.Json($"{Place}/packages.json")).EnumerateArray().ToList();

        Assert.Equal(["green", "libpng1.6"], jobs.Select(j => j.GetProperty("package").GetString()));
        Assert.All(jobs, j => Assert.Equal(Fields, j.EnumerateObject().Select(p => p.Name)));
        Assert.Equal("""
            {"trigger":"green/2.0+dfsg-1 glibc/2.41-6","package":"green","arch":"amd64","suite":"testing","version":"2.0+dfsg-1","status":"fail","run_id":3,"is_private":false,"extra_apt_sources":[],"updated_at":"2025-03-05T12:00:02.000Z","date":"2025-03-05T12:00:00.000Z","duration_seconds":3700,"created_at":"2025-03-05T12:00:00.000Z","message":"It was <Fail> & done","previous_status":"tmpfail","last_pass_date":"2025-03-03T12:00:00.000Z","last_pass_version":"1:1.0-1","duration_human":"1h 1m 40s","pin_packages":[],"worker":"ci-worker-1","worker_id":null,"log_size":null,"artifacts_size":null,"package_id":null,"requestor_id":null}
            """, Plain(jobs[0]));
        Assert.Equal((JsonValueKind.Null, "(n/a)"), (jobs[1].GetProperty("version").ValueKind, jobs[1].GetProperty("duration_human").GetString()));
    }

    [Fact]
    public async Task Counts_are_of_now_and_of_each_day_and_a_source_that_left_is_counted_until_then()
    {
        Assert.StartsWith("""{"pass":0,"fail":1,"neutral":1,"tmpfail":0,"total":2,"date":"2""", $"{await world.Json($"{Place}/status.json")}", StringComparison.Ordinal);
        var history = (await world.Json($"{Place}/history.json")).EnumerateArray().Select(d => $"{d}").ToList();
        Assert.Equal([
            """{"pass":2,"fail":0,"neutral":0,"tmpfail":0,"total":2,"date":"2025-03-03T23:59:59"}""",
            """{"pass":1,"fail":0,"neutral":1,"tmpfail":1,"total":3,"date":"2025-03-04T23:59:59"}""",
            """{"pass":1,"fail":1,"neutral":1,"tmpfail":0,"total":3,"date":"2025-03-05T23:59:59"}""",
            """{"pass":1,"fail":1,"neutral":1,"tmpfail":0,"total":3,"date":"2025-03-06T23:59:59"}"""], history.Take(4));
        Assert.Equal(world.Today.DayNumber - DateOnly.FromDateTime(Published.Monday.UtcDateTime).DayNumber + 1, history.Count);
        Assert.Equal($"{await world.Json($"{Place}/status.json")}", history[^1]);
        Assert.Equal(history[1], $"{await world.Json($"{Place}/2025/03/04.json")}");
        Assert.Contains("2025/03/02", await world.Missing($"{Place}/2025/03/02.json"), StringComparison.Ordinal);
        Assert.Contains("2025/13/02", await world.Missing($"{Place}/2025/13/02.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_place_without_results_has_empty_files_and_one_that_there_is_not_has_none()
    {
        Assert.Equal(0, (await world.Json("/data/status/unstable/arm64/packages.json")).GetArrayLength());
        Assert.Equal(0, (await world.Json("/data/status/unstable/arm64/history.json")).GetArrayLength());
        Assert.Equal(0, (await world.Json("/data/status/unstable/arm64/status.json")).GetProperty("total").GetInt32());
        Assert.Contains("no suite", await world.Missing("/data/status/sid/amd64/packages.json"), StringComparison.Ordinal);
        Assert.Contains("no architecture", await world.Missing("/data/status/testing/vax/status.json"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_has_its_latest_and_its_history_the_oldest_first_with_pins_and_without_what_is_private()
    {
        const string green = "/data/packages/testing/amd64/g/green";
        var latest = await world.Json($"{green}/latest.json");
        Assert.Equal(Plain((await world.Json($"{Place}/packages.json"))[0]), Plain(latest));
        var history = (await world.Json($"{green}/history.json")).EnumerateArray().ToList();
        Assert.Equal(["1 pass  1:1.0-1", "2 tmpfail pass 1:1.0-1", "3 fail tmpfail 1:1.0-1", "4 pass fail 1:1.0-1"], history.Select(j =>
            $"{j.GetProperty("run_id")} {j.GetProperty("status")} {j.GetProperty("previous_status")} {j.GetProperty("last_pass_version")}"));
        Assert.Equal("""[["src:green","src:glibc","unstable"]]""", $"{history[3].GetProperty("pin_packages")}");
        Assert.Equal(Plain(latest), Plain(history[2]));

        await world.Missing("/data/packages/testing/amd64/h/hidden/history.json");
        await world.Missing("/data/packages/testing/amd64/h/hidden/latest.json");
        await world.Missing("/data/packages/testing/amd64/x/green/history.json");
        await world.Missing("/data/packages/testing/amd64/n/never/history.json");
        Assert.Contains("left the suite", await world.Missing("/data/packages/testing/amd64/g/gone/latest.json"), StringComparison.Ordinal);
        Assert.Equal(1, (await world.Json("/data/packages/testing/amd64/g/gone/history.json")).GetArrayLength());
    }

    [Theory]
    [InlineData("/data/status/testing/amd64/packages.json")]
    [InlineData("/data/status/testing/amd64/status.json")]
    [InlineData("/data/status/testing/amd64/history.json")]
    [InlineData("/data/status/testing/amd64/2025/03/04.json")]
    [InlineData("/data/packages/testing/amd64/g/green/latest.json")]
    [InlineData("/data/packages/testing/amd64/g/green/history.json")]
    public async Task Who_has_the_newest_is_told_so_by_tag_and_by_time(string address)
    {
        using var first = await world.Get(address);
        var (tag, modified) = ($"{first.Headers.ETag}", $"{first.Content.Headers.LastModified:R}");
        Assert.NotEqual("", modified); // for this server the second in which it changed is over
        Assert.Equal((HttpStatusCode.NotModified, ""), await Asked(("If-None-Match", tag)));
        Assert.Equal((HttpStatusCode.NotModified, ""), await Asked(("If-None-Match", $"\"other\", {tag[2..]}")));
        Assert.Equal((HttpStatusCode.NotModified, ""), await Asked(("If-Modified-Since", modified)));
        Assert.Equal(HttpStatusCode.OK, (await Asked(("If-None-Match", "W/\"other\""))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Asked(("If-None-Match", "W/\"other\""), ("If-Modified-Since", modified))).Status);
        Assert.Equal(HttpStatusCode.OK, (await Asked(("If-Modified-Since", "Mon, 03 Mar 2025 11:00:00 GMT"))).Status);
        using var head = await world.Anybody.SendAsync(new HttpRequestMessage(HttpMethod.Head, new Uri(address, UriKind.Relative)));
        Assert.Equal((HttpStatusCode.OK, tag, "application/json"), (head.StatusCode, $"{head.Headers.ETag}", head.Content.Headers.ContentType?.MediaType));

        async Task<(HttpStatusCode Status, string Body)> Asked(params (string, string)[] headers)
        {
            using var answer = await world.Get(address, headers);
            Assert.Equal(tag, $"{answer.Headers.ETag}");
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task It_is_packed_for_who_takes_that_and_is_the_same()
    {
        using var packed = await world.Get($"{Place}/packages.json", ("Accept-Encoding", "gzip"));
        Assert.Equal(("gzip", "Accept-Encoding"), (string.Join(' ', packed.Content.Headers.ContentEncoding), string.Join(' ', packed.Headers.Vary)));
        using var plain = new StreamReader(new GZipStream(await packed.Content.ReadAsStreamAsync(), CompressionMode.Decompress));
        using var open = await world.Get($"{Place}/packages.json");
        Assert.Empty(open.Content.Headers.ContentEncoding);
        Assert.Equal(await open.Content.ReadAsStringAsync(), await plain.ReadToEndAsync());
    }

    [Fact]
    public async Task A_version_leads_to_its_newest_run_also_one_with_an_epoch_and_never_to_a_private_one()
    {
        const string green = "/data/autopkgtest/testing/amd64/g/green";
        Assert.Equal("/runs/2", await world.Location($"{green}/by-version/1:1.0-1/"));
        Assert.Equal("/runs/2", await world.Location($"{green}/by-version/1%3a1.0-1"));
        Assert.Equal($"{green}/3/log.gz", await world.Location($"{green}/by-version/2.0+dfsg-1/log.gz"));
        Assert.Equal($"{green}/4/artifacts.tar.gz", await world.Location($"{green}/by-version/3.0-1/artifacts.tar.gz"));
        foreach (var none in new[] { $"{green}/by-version/secret-1/log.gz", $"{green}/by-version/9/", "/data/autopkgtest/testing/amd64/x/green/by-version/3.0-1/" })
            Assert.Contains("No public run", await world.Missing(none), StringComparison.Ordinal);
        foreach (var rest in new[] { "..%2f..%2fx", "a/b", "%0d%0aLocation:x" })
            Assert.Contains("no file", await world.Missing($"{green}/by-version/2.0+dfsg-1/{rest}"), StringComparison.Ordinal);
    }

    private static string Plain(JsonElement element) => JsonSerializer.Serialize(element, Relaxed);

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
