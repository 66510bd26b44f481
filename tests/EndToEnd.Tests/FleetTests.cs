using System.Globalization;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>ops/fleet against a real server: workers come when there is work, and go when there is none.</summary>
[Collection("processes")]
public sealed class FleetTests
{
    [Fact]
    public async Task Workers_come_for_what_waits_and_end_when_it_is_done()
    {
        await using var world = await World.Create();
        var fleet = world.StartFleet();
        var answer = (await world.Requester.Data("""mutation { requestRuns(input: {tests: [{package: "aa", suite: "testing", arch: "amd64"}, {package: "bb", suite: "testing", arch: "amd64"}]}) { ... on BatchAccepted { runs } } }"""))
            .GetProperty("requestRuns").GetProperty("runs").EnumerateArray().Select(r => long.Parse(r.GetString()!, CultureInfo.InvariantCulture)).ToList();
        foreach (var run in answer)
            await world.Reaches(run, "FINISHED");
        var names = (await world.Anybody.Data("{ workers { name } }")).GetProperty("workers").EnumerateArray().Select(w => w.GetProperty("name").GetString()!).ToList();
        Assert.All(names, name => Assert.Contains("-fleet-", name, StringComparison.Ordinal));

        // The next one, after all of them have ended, is served too.
        await Eventually.True("they have ended", () => Task.FromResult(Directory.GetFiles($"/proc/{fleet.Id}/task/{fleet.Id}", "children").All(f => File.ReadAllText(f).Trim().Length == 0)));
        var next = (await world.Requester.Data("""mutation { requestRuns(input: {tests: [{package: "cc", suite: "testing", arch: "amd64"}]}) { ... on BatchAccepted { runs } } }"""))
            .GetProperty("requestRuns").GetProperty("runs")[0].GetString()!;
        await world.Reaches(long.Parse(next, CultureInfo.InvariantCulture), "FINISHED");
        Assert.False(fleet.HasExited);
        using var term = System.Diagnostics.Process.Start("kill", [$"{fleet.Id}"]);
        await fleet.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
    }
}
