using System.Text;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>Two servers on one database, with the same files: each does for everybody, and either may be lost while a run goes on.</summary>
[Collection("processes")]
public sealed class NodesTests
{
    [Theory]
    [InlineData(false)] // the one that leads
    [InlineData(true)]
    public async Task Claims_logs_and_subscriptions_cross_the_servers_and_go_on_when_either_is_killed(bool killsTheOther)
    {
        await using var world = await World.Create(leaseSeconds: 60);
        await world.StartOther();
        using var other = world.OtherRequester();
        var (doomed, survivor) = killsTheOther ? (other, world.Requester) : (world.Requester, other);
        var (runs, worker, seen) = await RunsAcross(world, doomed, survivor, workerAtOther: !killsTheOther);
        await using var survivors = await Subscription.Open(survivor);

        World.Kill(killsTheOther ? world.Other! : world.Server);
        await Log(worker, runs[0], 6, " end\n");
        using var report = await worker.Report(runs[0], logSize: 11);
        report.EnsureSuccessStatusCode();

        await survivors.Next(c => c.Run == $"{runs[0]}" && c.Status == "PASS");
        await using var moved = await Subscription.Open(survivor, after: seen); // who had followed the one that is gone
        await moved.Next(c => c.Run == $"{runs[0]}" && c.Status == "PASS");
        Assert.Equal("hello, end\n", await Whole(survivor, runs[0]));
        Assert.Equal($"{runs[1]}", (await worker.Claim("w2", waitSeconds: 10))!.Value.GetProperty("run").ToString());
        var (more, _) = await survivor.Request("later");
        Assert.Equal($"{more[0]}", (await worker.Claim("w3", waitSeconds: 10))!.Value.GetProperty("run").ToString());
    }

    // Asked for at one, claimed and run at the other, and followed at the first; which of its subscribers saw what.
    private static async Task<(IReadOnlyList<long> Runs, HttpClient Worker, string Seen)> RunsAcross(World world, HttpClient doomed, HttpClient survivor, bool workerAtOther)
    {
        var worker = world.Worker(workerAtOther);
        await using var follower = await Subscription.Open(doomed);
        var (runs, _) = await doomed.Request("first", "second");
        Assert.Equal($"{runs[0]}", (await worker.Claim("w1", waitSeconds: 10))!.Value.GetProperty("run").ToString());
        var seen = await follower.Next(c => c.Run == $"{runs[0]}" && c.State == "RUNNING");
        await using var log = await Subscription.To(doomed, "subscription ($id: ID!) { logAppended(run: $id) { text end } }", new { id = $"{runs[0]}" });
        await Log(worker, runs[0], 0, "hello,");
        Assert.Equal("hello,", (await log.Next())!.Value.GetProperty("text").GetString());
        Assert.Equal("RUNNING", (await survivor.Data("query ($id: ID!) { run(id: $id) { state } }", new { id = $"{runs[0]}" })).GetProperty("run").GetProperty("state").GetString());
        return (runs, worker, seen.Cursor);
    }

    private static async Task Log(HttpClient worker, long run, int offset, string text)
    {
        using var piece = new ByteArrayContent(Encoding.UTF8.GetBytes(text));
        using var answer = await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset={offset}", piece);
        answer.EnsureSuccessStatusCode();
    }

    private static async Task<string> Whole(HttpClient client, long run)
    {
        var url = (await client.Data("query ($id: ID!) { run(id: $id) { logUrl } }", new { id = $"{run}" })).GetProperty("run").GetProperty("logUrl").GetString()!;
        return await client.GetStringAsync(new Uri(url, UriKind.RelativeOrAbsolute) is { IsAbsoluteUri: true } whole ? whole.PathAndQuery : url);
    }
}
