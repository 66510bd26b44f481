using System.Collections.Concurrent;
using System.Text.Json;
using Debci.Domain;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>PostgreSQL with a synchronous standby: what was acknowledged is there when the standby takes over, and who only reads may read there.</summary>
[Collection("processes")]
public sealed class FailoverTests
{
    [LongFact]
    public async Task Nothing_acknowledged_is_lost_when_the_primary_is_killed_under_load_and_the_standby_promoted()
    {
        await using var world = await World.Create(withStandby: true);
        foreach (var name in new[] { "w1", "w2", "w3" })
            world.StartWorker(name);
        var acknowledged = new ConcurrentBag<long>();
        using var enough = new CancellationTokenSource();
        var load = Task.WhenAll(Enumerable.Range(0, 8).Select(client => Ask(world, client, acknowledged, enough.Token)));
        await Eventually.True("there is load", () => Task.FromResult(acknowledged.Count > 100));

        await world.LosePrimary();
        var before = acknowledged.Count;
        await Eventually.True("requests are taken again", () => Task.FromResult(acknowledged.Count > before + 50));
        await enough.CancelAsync();
        await load;

        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count()); // no number was given twice
        foreach (var run in acknowledged)
            await world.Reaches(run, "FINISHED");
        foreach (var run in acknowledged)
            Assert.Equal(1, await Ends(world, run));
    }

    [Fact]
    public async Task A_server_on_a_standby_answers_what_only_reads_and_sends_everybody_else_away()
    {
        await using var world = await World.Create(withStandby: true);
        using var reader = await world.StartReader();
        world.StartWorker("w1");
        var (runs, position) = await world.Requester.Request("hello");
        await world.Reaches(runs[0], "FINISHED");
        var (later, there) = await world.Requester.Request("later");

        var seen = await reader.Data("query ($id: ID!, $at: String!) { run(id: $id, minPosition: $at) { package } }", new { id = $"{later[0]}", at = there });
        var page = await reader.GetStringAsync("/packages/hello");
        using var listing = await reader.GetAsync("/api/v1/test?since=1");
        using var claim = await reader.PostAsync("/worker/v1/claim", null);
        var refused = await reader.Ask("mutation { requestRuns(input: {tests: [{package: \"x\", suite: \"testing\", arch: \"amd64\"}]}) { __typename } }");

        Assert.Equal("later", seen.GetProperty("run").GetProperty("package").GetString());
        Assert.Contains("testing", page, StringComparison.Ordinal);
        Assert.Contains("on the primary", await listing.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("only reads", await claim.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("only reads", refused.GetRawText(), StringComparison.Ordinal);
    }

    // As a careful client: what was not answered is sent again with its own id, until it is.
    private static async Task Ask(World world, int client, ConcurrentBag<long> acknowledged, CancellationToken enough)
    {
        for (var n = 0; !enough.IsCancellationRequested; n++)
        {
            var batch = Guid.NewGuid();
            await Eventually.True("a request is taken", async () =>
            {
                try
                {
                    var taken = await world.Requester.Data("""
                        mutation ($id: String!, $p: String!) { requestRuns(input: {batchId: $id, tests: [{package: $p, suite: "testing", arch: "amd64"}]}) {
                            ... on BatchAccepted { runs } } }
                        """, new { id = batch, p = $"package-{client}-{n}" });
                    acknowledged.Add(long.Parse(taken.GetProperty("requestRuns").GetProperty("runs")[0].GetString()!));
                    return true;
                }
                catch (Exception away) when (away is HttpRequestException or InvalidOperationException or JsonException)
                {
                    return false;
                }
            });
        }
    }

    private static async Task<int> Ends(World world, long run) => (await world.Log.ReadStream(Streams.Run(run))).Count(e => e.Is<RunEvent.Finished>());
}
