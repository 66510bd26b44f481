using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Xunit.Abstractions;

namespace Debci.EndToEnd.Tests.Chaos;

/// <summary>
/// Twenty workers, twelve of them real, two servers and two who ask for the same, take back and ask for newer versions, while workers, servers
/// and PostgreSQL (and nodes of the log's cluster, where it has one) are killed at random, or away for longer than a lease: at the end every acknowledged run has exactly one outcome, every
/// acknowledged report is in the log, no two attempts overlap, and no request had two runs at once. ops/chaos makes it longer.
/// </summary>
[Collection("processes")]
public sealed class ChaosTests(ITestOutputHelper output)
{
    private const int RealWorkers = 12;
    private const int Recorders = 8;
    private const double Lease = 3;

    // Leases are not durable at once: PostgreSQL's writer comes by every 0.2 s, and may need three times as long.
    private const double Slack = 1;

    private static readonly double Seconds = Setting("DEBCI_CHAOS_SECONDS", 30);
    private static readonly int Seed = (int)Setting("DEBCI_CHAOS_SEED", Environment.TickCount & 0xFFFF);

    private readonly ConcurrentBag<Call> calls = [];
    private readonly ConcurrentBag<string> mistakes = [];
    private readonly ConcurrentDictionary<long, string> acknowledged = new();
    private readonly ConcurrentDictionary<long, byte> takenBack = new(); // and it was acknowledged
    private readonly ConcurrentBag<(long One, long Other)> twins = []; // runs that two got for the same request
    private readonly Dictionary<string, int> kills = [];

    [Fact]
    public async Task Whatever_is_killed_every_run_has_one_outcome_and_no_two_attempts_overlap()
    {
        output.WriteLine($"seed {Seed}; the same again: DEBCI_CHAOS_SEED={Seed}");
        await using var world = await World.Create();
        await world.StartOther();
        using var stop = new CancellationTokenSource();
        var (chance, clock) = (new Random(Seed), Stopwatch.StartNew());
        var workers = Enumerable.Range(0, RealWorkers).ToDictionary(i => $"real{i}", i => world.StartWorker($"real{i}", Scenario));
        var recorders = Enumerable.Range(0, Recorders)
            .Select(i => new RecordingWorker($"recorder{i}", world.Worker(other: i % 2 == 0), new Random(Seed + i), clock, calls, mistakes).Run(stop.Token)).ToList();

        using var calm = new CancellationTokenSource();
        var requesting = Request(world, new Random(Seed - 1), calm.Token);
        await Kill(world, workers, chance, clock);
        await calm.CancelAsync();
        await requesting;

        for (var patience = 0; patience < 5 && (await Open(world)).Count > 0; patience++)
            await Eventually.True("all runs are over", async () => (await Open(world)).Count == 0).ContinueWith(_ => { }, TaskScheduler.Default);
        await stop.CancelAsync();
        await Task.WhenAll(recorders);
        await Judge(world);
    }

    private async Task Judge(World world)
    {
        world.Database.Clear(); // of connections from before PostgreSQL was killed
        var lives = new Dictionary<long, IReadOnlyList<RunEvent>>();
        foreach (var run in acknowledged.Keys)
            lives[run] = [.. (await world.Log.ReadStream(Streams.Run(run))).Select(e => (RunEvent)e.Decode()!)];
        var ends = lives.Values.GroupBy(l => l.Count == 0 ? "nothing" : l[^1].GetType().Name).Select(g => $"{g.Count()} {g.Key}");
        output.WriteLine($"{acknowledged.Count} runs: {string.Join(", ", ends)}; {lives.Values.Sum(l => l.OfType<RunEvent.Started>().Count())} attempts, "
            + $"{lives.Values.Sum(l => l.OfType<RunEvent.Lost>().Count())} lost; {calls.Count} calls recorded, {calls.Count(c => !c.Granted)} refused; "
            + $"killed: {string.Join(", ", kills.Select(k => $"{k.Key} {k.Value}"))}");
        foreach (var (one, other) in twins)
            Assert.True(await Count(world, $"select count(*) from read.runs a, read.outcomes o, read.runs b where a.run = {Math.Min(one, other)} and o.run = a.run and b.run = {Math.Max(one, other)} and o.position < b.asked_position") == 1
                || await Count(world, $"select count(*) from read.runs a, read.outcomes o, read.runs b where a.run = {Math.Max(one, other)} and o.run = a.run and b.run = {Math.Min(one, other)} and o.position < b.asked_position") == 1,
                $"runs {one} and {other} are of one request, and neither was over when the other was asked for");
        Assert.Empty(mistakes.Concat(new ClaimModel(calls, lives, Lease, Slack).Findings()));
        Assert.All(takenBack.Keys, run => Assert.True(lives[run] is [.., RunEvent.Cancelled], $"run {run} was taken back, and that was acknowledged"));
        Assert.True(lives.Values.Any(l => l is [.., RunEvent.Cancelled]), "nothing was taken back");
        Assert.True(lives.Values.Sum(l => l.OfType<RunEvent.Lost>().Count()) > 0, "nothing was ever lost: chaos was too tame to show anything");
        Assert.Equal(0L, await Count(world, "select count(*) from read.queue"));
        await Eventually.True("no lease is left", async () => await Count(world, "select count(*) from work.leases") == 0);
        Assert.Equal(lives.Count, await Count(world, "select count(*) from read.runs where ended_at is not null"));
    }

    // Batches with ids of their own, each sent until it is acknowledged, as britney's adapter does: the same tests twice at the same time, by
    // two clients at two servers. Now and then one is taken back, or a newer version asked for.
    private async Task Request(World world, Random chance, CancellationToken calm)
    {
        using var otherClient = world.OtherRequester();
        for (var batch = 0; !calm.IsCancellationRequested; batch++)
        {
            var tests = Enumerable.Range(0, chance.Next(3, 12)).Select(i => Test($"p{chance.Next(8)}-{batch}-{i}", 1)).ToList();
            var runs = await Task.WhenAll(Ask(world.Requester, tests, $"chaos {batch}"), Ask(otherClient, tests, $"chaos {batch} again"));
            foreach (var (one, other) in runs[0].Zip(runs[1]).Where(t => t.First != t.Second))
                twins.Add((one, other));
            if (chance.Next(3) == 0)
                await TakeBack(world, runs[0][0]);
            if (chance.Next(3) == 0)
                await Ask(otherClient, [Test(Regex.Match($"{tests[^1]}", "p[0-9-]+").Value, 2)], $"chaos {batch} newer");
            await Pass(0.5);
        }
    }

    private async Task TakeBack(World world, long run)
    {
        var answer = await Try(async () => (await world.Requester.Data("mutation ($id: ID!) { cancelRun(run: $id) { __typename } }", new { id = $"{run}" })).GetProperty("cancelRun"));
        if (answer?.GetProperty("__typename").GetString() == "RunCancelled")
            takenBack[run] = 0;
    }

    private static object Test(string package, int version) => new { package, suite = "testing", arch = "amd64", triggers = new[] { $"lib/{version}" } };

    private async Task<IReadOnlyList<long>> Ask(HttpClient client, IReadOnlyList<object> tests, string id)
    {
        JsonElement? answer = null;
        while (answer is null)
            answer = await Try(async () => (await client.Data(
                "mutation ($t: [TestInput!]!, $id: String) { requestRuns(input: {batchId: $id, tests: $t}) { ... on BatchAccepted { runs } ... on Refused { code } } }", new { t = tests, id })).GetProperty("requestRuns").GetProperty("runs")); // else: not yet
        long[] runs = [.. answer.Value.EnumerateArray().Select(r => long.Parse(r.GetString()!, CultureInfo.InvariantCulture))];
        foreach (var run in runs)
            acknowledged[run] = id;
        return runs;
    }

    private async Task Kill(World world, Dictionary<string, Process> workers, Random chance, Stopwatch clock)
    {
        // A busy machine does less in the same time: there it goes on until there is something to be judged.
        while (clock.Elapsed.TotalSeconds < Seconds || (clock.Elapsed.TotalSeconds < 5 * Seconds && await IsTame(world)))
        {
            await Pass(0.5 + (chance.NextDouble() * 2));
            var name = $"real{chance.Next(RealWorkers)}";
            switch (chance.Next(8))
            {
                case 0:
                    Killed("PostgreSQL");
                    world.Cluster.Kill();
                    await world.Cluster.Restart();
                    break;
                case 1:
                    Killed("server");
                    World.Kill(world.Server);
                    await world.StartServer();
                    break;
                case 2:
                    Killed("other server");
                    World.Kill(world.Other!);
                    await world.StartOther();
                    break;
                case 4 when chance.Next(2) == 0:
                    Killed("PostgreSQL for longer than a lease");
                    world.Cluster.Kill();
                    await Pass(Lease + 2);
                    await world.Cluster.Restart();
                    break;
                case 5 when world.EventStore is { } cluster:
                    Killed("a node of the log's cluster");
                    var node = chance.Next(3);
                    await cluster.Kill(node);
                    await Pass(chance.NextDouble());
                    await cluster.Elect();
                    await cluster.Revive(node);
                    break;
                case 3:
                    Killed("worker frozen");
                    await Signal("-STOP", workers[name]);
                    await Pass(Lease + 1.5);
                    await Signal("-CONT", workers[name]);
                    break;
                default:
                    Killed("worker");
                    World.Kill(workers[name]);
                    workers[name] = world.StartWorker(name, Scenario);
                    break;
            }
        }
    }

    private void Killed(string what) => kills[what] = kills.GetValueOrDefault(what) + 1;

    private static async Task<bool> IsTame(World world)
    {
        try
        {
            return (await world.Events("run.lost.v1", "run.cancelled.v1")).Select(e => e.Name).Distinct().Count() < 2;
        }
        catch (Exception away) when (away is Npgsql.NpgsqlException or LogAwayException)
        {
            return true; // a connection of before PostgreSQL was killed: the next look tells
        }
    }

    private static async Task<IReadOnlyList<string>> Open(World world) =>
        await Try(() => world.Anybody.Data("{ queue(first: 500) { nodes { run } } }")) is { } data
            ? [.. data.GetProperty("queue").GetProperty("nodes").EnumerateArray().Select(n => n.GetProperty("run").GetString()!)] : ["no answer"];

    private static async Task<JsonElement?> Try(Func<Task<JsonElement>> ask)
    {
        try
        {
            return await ask();
        }
        catch (Exception away) when (away is HttpRequestException or IOException or JsonException or InvalidOperationException or KeyNotFoundException)
        {
            await Pass(0.2);
            return null;
        }
    }

    private static async Task Signal(string signal, Process process) =>
        await Process.Start("kill", [signal, process.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExitAsync();

    private static async Task<long> Count(World world, string sql)
    {
        await using var command = world.Database.CreateCommand(sql);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task Pass(double seconds)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        await timer.WaitForNextTickAsync();
    }

    private static double Setting(string name, double otherwise) =>
        double.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;

    // By the first letters of the package: some fail, some break their testbed, some take a while.
    private static string Scenario => "{" + string.Join(",", Enumerable.Range(0, 8).Select(i =>
        $"\"p{i}*\": {{\"exitCode\": {(i switch { 1 => 4, 2 => 16, 3 => 8, _ => 0 })}, \"sleepSeconds\": {(i % 3) * 0.4 + 0.1:0.0}, \"version\": \"{(i == 2 ? "" : "1-1")}\"}}")) + "}";
}
