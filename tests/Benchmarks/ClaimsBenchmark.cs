using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Benchmarks;

/// <summary>claims: runs given out from a queue of 200,000, by 200 workers.</summary>
internal static class ClaimsBenchmark
{
    private const int Workers = 200;
    private const int Requesters = 20;
    private static readonly string[] Arches = ["amd64", "arm64", "i386", "riscv64"];

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var (few, many, each) = ((int)(2000 * scale), (int)(200_000 * scale), Math.Max(1, (int)(15 * scale)));
        await using var server = await ServerProcess.Start(Requesters);
        await Fill(server, many);
        var (rates, rivals, tails, growths) = (new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < 4; run++)
        {
            var rate = await ClosedLoop(server, each);
            var tail = await OpenLoop(server, perSecond: 500, seconds: 4 * Math.Min(1, scale));
            var cost = await Alone(server, Math.Max(10, (int)(500 * scale)));
            var cheap = await CostAmong(few, Math.Max(10, (int)(500 * scale)));
            var rival = await Rival.LeasesPerSecond(server.Database, Workers / 4, 100, Encoding.UTF8.GetString(EventCodec.Write(LogBenchmark.Started(1))));
            if (run == 0)
                continue; // warm-up
            rates.Add(rate);
            tails.Add(tail);
            growths.Add(cost / cheap);
            rivals.Add(rival);
        }
        var setup = $"{many:#,0} pending of {Requesters} requesters on 2 suites and 4 arches";
        return
        [
            Figure.Of("claims.rate", "/s", rates, $"{setup}; {Workers} workers in a closed loop; over a lease inserted and an event appended, one row each, at {Workers / 4} connections", Figure.Median(rivals)),
            Figure.Of("claims.p99", "ms", tails, "500 claims a second offered, from the time each was due"),
            Figure.Of("claims.growth", "×", growths, $"one worker's claim, mean of 500, over the same with {few:#,0} pending, measured in turn"),
        ];
    }

    private static async Task<double> CostAmong(int pending, int claims)
    {
        await using var server = await ServerProcess.Start(Requesters);
        await Fill(server, pending + (claims / 2));
        await Alone(server, claims / 2); // warm-up
        return await Alone(server, claims);
    }

    private static async Task Fill(ServerProcess server, int count)
    {
        string[] suites = ["testing", "unstable"];
        var position = "";
        foreach (var (key, r) in server.RequesterKeys.Select((key, r) => (key, r)))
        {
            using var client = server.Client(key);
            var tests = Enumerable.Range(0, count / Requesters).Select(i => new
            { package = $"package{i}", suite = suites[i % 2], arch = Arches[i / 2 % 4], triggers = new[] { $"upload{i % (1 + r)}/1-1" }, priority = 1 + (i % 3 == 0 ? r % 10 : 4) });
            var data = await client.Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on BatchAccepted { position } } }", new { t = tests });
            position = data.GetProperty("requestRuns").GetProperty("position").GetString(); // a refusal has none, and ends the benchmark
        }
        using var anybody = server.Client(null);
        await Work.Passed(anybody, position!);
    }

    private static async Task<double> ClosedLoop(ServerProcess server, int each)
    {
        using var client = server.Client(server.ReportKey);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Workers).Select(async w =>
        {
            for (var i = 0; i < each; i++)
                await Take(client, $"w{w}");
        }));
        return Workers * each / watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> OpenLoop(ServerProcess server, int perSecond, double seconds)
    {
        using var client = server.Client(server.ReportKey);
        var (times, claims) = (new ConcurrentBag<double>(), new List<Task>());
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < perSecond * seconds; i++)
        {
            var due = TimeSpan.FromSeconds((double)i / perSecond);
            while (due > watch.Elapsed)
                await tick.WaitForNextTickAsync();
            claims.Add(Timed(client, $"w{i % Workers}", due, watch, times));
        }
        await Task.WhenAll(claims);
        return Figure.Percentile([.. times], 99);
    }

    private static async Task Timed(HttpClient client, string worker, TimeSpan due, Stopwatch watch, ConcurrentBag<double> times)
    {
        await Take(client, worker);
        times.Add((watch.Elapsed - due).TotalMilliseconds);
    }

    private static async Task<double> Alone(ServerProcess server, int claims)
    {
        using var client = server.Client(server.ReportKey);
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < claims; i++)
            await Take(client, "w0");
        return watch.Elapsed.TotalMilliseconds / claims;
    }

    private static async Task Take(HttpClient client, string worker)
    {
        using var answer = await client.PostAsJsonAsync(new Uri("/worker/v1/claim", UriKind.Relative), new
        { claim = Guid.NewGuid(), worker, arches = Arches, backends = new[] { "fake" }, software = "bench", waitSeconds = 10 });
        if (answer.StatusCode != System.Net.HttpStatusCode.OK)
            throw new InvalidOperationException("the queue ran empty");
    }
}
