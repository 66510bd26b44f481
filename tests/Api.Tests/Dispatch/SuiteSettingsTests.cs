using Debci.Api.Configuration;
using Debci.Playground;

namespace Debci.Api.Tests.Dispatch;

/// <summary>A suite on an architecture has limits and an archive of its own.</summary>
public sealed class SuiteSettingsTests : Dispatching
{
    [Fact]
    public async Task A_run_gets_the_limits_and_the_archive_of_its_suite_and_arch()
    {
        Server.Get<LiveConfiguration>().Replace(Server.Configuration with
        {
            LogMaxBytes = 1000, ArtifactsMaxBytes = 1000,
            SuiteSettings = new Dictionary<(string, string?), SuiteSettings>
            {
                [("unstable", null)] = new() { Mirror = "http://deb.example.org/debian", Components = ["main", "contrib"], TimeoutFactor = 2, LogMaxBytes = 10, ArtifactsMaxBytes = 100, Gating = false },
                [("unstable", "arm64")] = new() { TimeoutFactor = 3 },
            },
        });
        var run = (await Queue(Alice, Test("hello", suite: "unstable", arch: "arm64")))[0];
        var claimed = (await Claim("w1", arch: "arm64"))!.Value;
        Assert.Equal((54_000, 3, "http://deb.example.org/debian", 2), (claimed.GetProperty("timeoutSeconds").GetInt32(), claimed.GetProperty("timeoutFactor").GetDouble(),
            claimed.GetProperty("mirror").GetString(), claimed.GetProperty("components").GetArrayLength()));

        using (await Workers.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset=0", new StringContent("0123456789 and more"))) { }
        using var large = await Workers.PutAsync($"/worker/v1/runs/{run}/attempts/1/artifacts?worker=w1", new ByteArrayContent(new byte[500]));
        Assert.Equal(413, (int)large.StatusCode);
        using var reported = await Workers.Report(run, logSize: 19);
        Assert.True(reported.IsSuccessStatusCode);
        await Passed();
        Assert.DoesNotContain("and more", await Anybody.GetStringAsync($"/runs/{run}/log"), StringComparison.Ordinal);

        var places = (await Anybody.Data("{ server { places { suite arch gating timeoutSeconds } } }")).GetProperty("server").GetProperty("places").EnumerateArray().Select(p => $"{p}");
        Assert.Contains("""{"suite":"unstable","arch":"arm64","gating":false,"timeoutSeconds":54000}""", places);
        Assert.Contains("""{"suite":"testing","arch":"amd64","gating":true,"timeoutSeconds":18000}""", places);
    }
}
