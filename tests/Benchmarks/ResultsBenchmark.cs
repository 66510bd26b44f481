using System.Diagnostics;
using System.Text;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Benchmarks;

/// <summary>results: reports accepted durably over HTTP, against plain inserts of the same bytes.</summary>
internal static class ResultsBenchmark
{
    private const int Reporters = 64;

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var each = Math.Max(1, (int)(30 * scale));
        await using var server = await Server.Start();
        var (rates, rivals) = (new List<double>(), new List<double>());
        for (var run = 0; run < 4; run++)
        {
            var claimed = await Work.Claim(server, Reporters * each);
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(claimed.Chunk(each).Select(async part =>
            {
                using var client = server.Client(server.ReportKey);
                foreach (var id in part)
                    (await client.Report(id)).EnsureSuccessStatusCode().Dispose();
            }));
            var rate = claimed.Count / watch.Elapsed.TotalSeconds;
            var rival = await Rival.InsertsPerSecond(server.Configuration.Database, Reporters, each * 5, Encoding.UTF8.GetString(EventCodec.Write(LogBenchmark.Finished(1))));
            if (run == 0)
                continue; // warm-up
            rates.Add(rate);
            rivals.Add(rival);
        }
        var setup = $"{Reporters} reporters, {each} reports each, without log; server, clients and PostgreSQL on one machine";
        return
        [
            Figure.Of("results.rate", "/s", rates, setup, Figure.Median(rivals)),
            Figure.Of("results.ratio", "×", [.. rates.Zip(rivals, (a, b) => a / b)], $"over one-row inserts at {Reporters} connections"),
        ];
    }
}

/// <summary>Brings runs into the state that a benchmark begins with.</summary>
internal static class Work
{
    /// <summary>Waits until the queue has a position, however long that takes.</summary>
    public static async Task Passed(HttpClient client, string position)
    {
        for (var waiting = true; waiting;) // ten seconds each at most
            waiting = $"{await client.Ask("query ($p: String) { queue(first: 1, minPosition: $p) { nodes { run } } }", new { p = position })}".Contains("NOT_YET", StringComparison.Ordinal);
    }

    /// <summary>Requests that many runs, and has them claimed by "w1".</summary>
    public static Task<IReadOnlyList<long>> Claim(Server server, int count, string prefix = "package") =>
        Claim(() => server.Client(server.RequestKey), () => server.Client(server.ReportKey), count, prefix);

    /// <summary>The same by such clients.</summary>
    public static async Task<IReadOnlyList<long>> Claim(Func<HttpClient> requesters, Func<HttpClient> workers, int count, string prefix = "package")
    {
        using var requester = requesters();
        await requester.Request([.. Enumerable.Range(0, count).Select(i => $"{prefix}{i}")]);
        var claimed = new System.Collections.Concurrent.ConcurrentBag<long>();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async _ =>
        {
            using var client = workers();
            while (claimed.Count < count && await client.Claim(waitSeconds: 1) is { } run)
                claimed.Add(run.GetProperty("run").GetInt64());
        }));
        return [.. claimed];
    }
}
