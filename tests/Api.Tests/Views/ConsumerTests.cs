using System.Net;
using System.Text.Json;

namespace Debci.Api.Tests.Views;

/// <summary>What is fetched from debci today, in the way of each that fetches it: the same addresses, the same fields, the same meaning.</summary>
public sealed class ConsumerTests(Published world) : IClassFixture<Published>
{
    // Fetches each suite's packages.json on amd64 behind a cache, keeps each object, and tells maintainers of failures with these four fields and two links.
    [Fact]
    public async Task Distro_tracker_tells_of_a_failure_with_its_duration_the_status_before_its_date_and_links_that_answer()
    {
        var told = new List<string>();
        foreach (var job in (await world.Json("/data/status/testing/amd64/packages.json")).EnumerateArray())
        {
            var package = job.GetProperty("package").GetString()!;
            var (duration, previous, status, date) = (job.GetProperty("duration_human").GetString(), job.GetProperty("previous_status").GetString(), job.GetProperty("status").GetString(), job.GetProperty("date").GetString());
            if (status == "fail")
                told.Add($"{package} {duration} {previous} {date}");
            var folder = package.StartsWith("lib", StringComparison.Ordinal) ? package[..4] : package[..1];
            Assert.Equal($"/packages/{package}", await world.Location($"/packages/{folder}/{package}"));
            using var log = await world.Get($"/data/packages/testing/amd64/{folder}/{package}/latest-autopkgtest/log.gz");
            Assert.Equal(HttpStatusCode.NotFound, log.StatusCode); // these were brought here without their logs; FreshTests has one
            Assert.Contains("has no", await log.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        Assert.Equal(["green 1h 1m 40s tmpfail 2025-03-05T12:00:00.000Z"], told);
    }

    // Lists a team's packages that do not pass, with version and trigger, and a link to the history.
    [Fact]
    public async Task The_scripts_of_pkg_perl_list_what_does_not_pass()
    {
        var listed = new List<string>();
        foreach (var job in (await world.Json("/data/status/testing/amd64/packages.json")).EnumerateArray().Where(j => j.GetProperty("status").GetString() != "pass"))
        {
            var (package, version) = (job.GetProperty("package").GetString()!, job.GetProperty("version").GetString());
            listed.Add($"{package} {version} {job.GetProperty("status").GetString()} {job.GetProperty("run_id").GetInt64()} since {job.GetProperty("last_pass_version").GetString()}");
            var history = await world.Location($"/packages/{Domain.Names.Prefix(package)}/{package}/{job.GetProperty("suite").GetString()}/{job.GetProperty("arch").GetString()}/");
            using var page = await world.Get(history);
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        }
        Assert.Equal(["green 2.0+dfsg-1 fail 3 since 1:1.0-1", "libpng1.6  neutral 6 since "], listed);
    }

    // Says in a channel what changed since it looked last: keeps statuses by package, compares, and reads the message of those that differ.
    [Fact]
    public async Task The_scripts_of_kgb_say_what_changed_since_they_looked_last()
    {
        var before = new Dictionary<string, string> { ["green"] = "pass", ["libpng1.6"] = "neutral" };
        var said = (await world.Json("/data/status/testing/amd64/packages.json")).EnumerateArray()
            .Where(j => before[j.GetProperty("package").GetString()!] != j.GetProperty("status").GetString())
            .Select(j => $"{j.GetProperty("package")} {before[j.GetProperty("package").GetString()!]} -> {j.GetProperty("status")}: {j.GetProperty("message")} ({DateTimeOffset.Parse(j.GetProperty("updated_at").GetString()!, null):u})");
        Assert.Equal(["green pass -> fail: It was <Fail> & done (2025-03-05 12:00:02Z)"], said);
        var latest = await world.Json("/data/packages/testing/amd64/g/green/latest.json");
        Assert.Equal("fail", latest.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Array, (await world.Json("/data/packages/testing/amd64/g/green/history.json")).ValueKind);
    }
}
