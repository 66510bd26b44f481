using System.Diagnostics;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;

namespace Debci.Benchmarks;

/// <summary>freshness: how soon after a report is sent its row is in the index, and its event at a subscriber; at 200 and at 40,000 packages.</summary>
internal static class FreshnessBenchmark
{
    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var small = await Measure(200, scale);
        var large = await Measure((int)(40_000 * scale), scale);
        return
        [
            Figure.Of("freshness.index.p50", "ms", [.. small.Select(r => Figure.Percentile(r.Index, 50))], "200 packages, idle machine; limit: one durable insert", small[0].Limit),
            Figure.Of("freshness.index.p99", "ms", [.. small.Select(r => Figure.Percentile(r.Index, 99))], "200 packages", small[0].Limit),
            Figure.Of("freshness.subscriber.p50", "ms", [.. small.Select(r => Figure.Percentile(r.Subscriber, 50))], "200 packages", small[0].Limit),
            Figure.Of("freshness.subscriber.p99", "ms", [.. small.Select(r => Figure.Percentile(r.Subscriber, 99))], "200 packages", small[0].Limit),
            Figure.Of("freshness.growth", "×", [.. small.Zip(large, (s, l) => Figure.Percentile(l.Subscriber, 50) / Figure.Percentile(s.Subscriber, 50))],
                $"subscriber p50 at {(int)(40_000 * scale)} packages over that at 200"),
        ];
    }

    private sealed record Round(List<double> Index, List<double> Subscriber, double Limit);

    private static async Task<List<Round>> Measure(int packages, double scale)
    {
        await using var server = await Server.Start();
        await FillIndex(server, packages);
        var limit = await Rival.OneInsertMs(server.Configuration.Database);
        using var worker = server.Client(server.ReportKey);
        await using var subscription = await Subscription.Open(server.Client());
        var rounds = new List<Round>();
        for (var round = 0; round < 4; round++)
        {
            var runs = await Work.Claim(server, (int)(100 * scale), $"fresh{round}x");
            var measured = new Round([], [], limit);
            foreach (var run in runs)
                await MeasureOne(server, worker, subscription, run, measured);
            if (round > 0) // the first is the warm-up
                rounds.Add(measured);
        }
        return rounds;
    }

    private static async Task MeasureOne(Server server, HttpClient worker, Subscription subscription, long run, Round into)
    {
        var rows = server.Get<ReadPosition>();
        // From the sending of the report, so the report's own time is in it: never less than from its acceptance.
        var watch = Stopwatch.StartNew();
        var shown = subscription.Next(c => c.Run == $"{run}" && c.State == "FINISHED").ContinueWith(_ => watch.Elapsed.TotalMilliseconds, TaskScheduler.Default);
        using var answer = await worker.Report(run);
        await rows.WaitFor(await server.Get<IEventLog>().Head(), TimeSpan.FromSeconds(10));
        into.Index.Add(watch.Elapsed.TotalMilliseconds);
        into.Subscriber.Add(await shown);
    }

    private static int filled = 1_000_000_000; // ids of runs: servers may share a log that is on a cluster

    // Finished runs of so many packages, straight into the log.
    private static async Task FillIndex(Server server, int packages)
    {
        var log = server.Get<IEventLog>();
        var first = filled;
        filled += 1_000_000; // beyond those that the server then gives out
        await Parallel.ForEachAsync(Enumerable.Range(0, packages), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (i, _) =>
        {
            var finished = LogBenchmark.Finished(first + i) with { Run = new RunKey(first + i, $"filler{i}", "testing", "amd64", false) };
            await log.Append($"run-{first + i}", 0, new CommandInfo(Guid.NewGuid(), "fill", "debci", Guid.NewGuid()).Events([finished]), CancellationToken.None);
        });
        await server.Get<ReadPosition>().WaitFor(await log.Head(), TimeSpan.FromMinutes(5));
        // An archive of that size has grown over months: what PostgreSQL does behind a flood is over.
        await using var vacuum = server.Get<Npgsql.NpgsqlDataSource>().CreateCommand("vacuum analyze");
        await vacuum.ExecuteNonQueryAsync();
        await using var checkpoint = server.Get<Npgsql.NpgsqlDataSource>().CreateCommand("checkpoint");
        await checkpoint.ExecuteNonQueryAsync();
    }
}
