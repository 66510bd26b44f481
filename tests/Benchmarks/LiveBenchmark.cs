using System.Diagnostics;
using Debci.Playground;

namespace Debci.Benchmarks;

/// <summary>live: one result to 2,000 subscribers, and what each of them costs the server, which is a process of its own here.</summary>
internal static class LiveBenchmark
{
    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var count = (int)(2000 * scale);
        await using var server = await ServerProcess.Start();
        using var worker = server.Client(server.ReportKey);
        var runs = await Work.Claim(() => server.Client(server.RequestKey), () => server.Client(server.ReportKey), 4);
        await using var alone = await Subscription.Open(server.Client(null));
        var idle = Stopwatch.StartNew();
        var first = alone.Next(c => c.State == "FINISHED");
        (await worker.Report(runs[3])).Dispose();
        await first;
        var limit = idle.Elapsed.TotalMilliseconds;

        var before = server.MemoryKiB();
        using var client = server.Client(null);
        var subscribers = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => Subscription.Open(client)));
        var (times, slowest) = (new List<double>(), new List<double>());
        foreach (var run in runs.Take(3))
        {
            var watch = Stopwatch.StartNew();
            var told = subscribers.Select(async s =>
            {
                await s.Next(c => c.Run == $"{run}" && c.State == "FINISHED");
                return watch.Elapsed.TotalMilliseconds;
            }).ToList();
            (await worker.Report(run)).Dispose();
            slowest.Add(Figure.Percentile(await Task.WhenAll(told), 99));
        }
        var memory = (server.MemoryKiB() - before) / count;
        foreach (var subscriber in subscribers)
            await subscriber.DisposeAsync();
        return
        [
            Figure.Of("live.fanout.p99", "ms", slowest, $"from the sending of one report to {count} subscribers by graphql-sse on the same machine; limit: to one", limit),
            Figure.Of("live.memory", "KiB", [memory], $"resident memory of the server for each of {count} subscriptions, their connections included"),
        ];
    }
}
