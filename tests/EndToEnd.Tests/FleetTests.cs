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

    // A hundred with --long: Python's, since a hundred of .NET's want six gigabytes.
    [Fact]
    public async Task Workers_that_come_and_go_disturb_no_run()
    {
        var many = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? 10 : 100;
        await using var world = await World.Create(leaseSeconds: 120);
        const string scenario = """{"x*": {"sleepSeconds": 0.3}}""";
        var tests = string.Join(", ", Enumerable.Range(0, 3 * many).Select(i => $$"""{package: "x{{i}}", suite: "testing", arch: "amd64"}"""));
        var runs = (await world.Requester.Data($$"""mutation { requestRuns(input: {tests: [{{tests}}]}) { ... on BatchAccepted { runs } } }"""))
            .GetProperty("requestRuns").GetProperty("runs").EnumerateArray().Select(r => long.Parse(r.GetString()!, CultureInfo.InvariantCulture)).ToList();

        world.StartWorker("stays", scenario);
        var guests = Enumerable.Range(0, many).Select(i => world.StartWorker($"guest{i}", scenario, many == 100 || i % 2 == 0 ? WorkerKind.Portable : WorkerKind.Net)).ToList();
        await Eventually.True("all have come", async () =>
            (await world.Anybody.Data("{ workers { name } }")).GetProperty("workers").GetArrayLength() == many + 1, TimeSpan.FromMinutes(2));
        foreach (var guest in guests)
            await World.Signal(guest, "TERM");
        foreach (var guest in guests)
        {
            await guest.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
            Assert.Equal(0, guest.ExitCode);
        }

        await Eventually.True("all runs have ended", async () => (await world.Anybody.Data("{ stats { pending running } }")).GetProperty("stats").EnumerateArray()
            .Sum(s => s.GetProperty("pending").GetInt64() + s.GetProperty("running").GetInt64()) == 0, TimeSpan.FromMinutes(10)); // the one that stays takes half a second for each that is left
        foreach (var run in runs)
        {
            var ended = await world.Run(run);
            Assert.Equal(("FINISHED", "PASS", 1), (ended.GetProperty("state").GetString(), ended.GetProperty("status").GetString(), ended.GetProperty("attempt").GetInt32()));
        }
    }
}
