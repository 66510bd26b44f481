using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using Debci.Playground;

namespace Debci.Benchmarks;

/// <summary>pages: how long pages take at a million runs, with 16 clients at once; the smallest answer of the server is their limit.</summary>
internal static class PagesBenchmark
{
    private const int Clients = 16;

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        await using var server = await BigArchive.Start(scale);
        var packages = (int)(40_000 * scale);
        string Suite(int i) => $"/suites/testing/{(i % 2 == 0 ? "amd64" : "i386")}{(i % 4) switch { 0 => "", 1 => "?sort=finished&down=1", 2 => "?status=fail", _ => "?sort=duration" }}";
        (string Name, Func<int, string> Address)[] pages =
        [
            ("home", _ => "/"), ("package", i => $"/packages/{BigArchive.Package(i * 31 % packages)}"), ("suite", Suite),
            ("history", i => $"/packages/{BigArchive.Package(i * 100 % packages)}/testing/amd64"), ("run", i => $"/runs/{1 + (i * 7919L % (int)(1_000_000 * scale))}"),
        ];
        var figures = new List<Figure>();
        var limit = (await Rounds(server, _ => "/health", scale)).Select(r => r.P99).ToList();
        foreach (var (name, address) in pages)
        {
            var rounds = await Rounds(server, address, scale);
            var setup = $"the server's time at {BigArchive.Words}, {Clients} clients in a closed loop on the same machine; limit: /health the same way";
            figures.Add(Figure.Of($"pages.{name}.p99", "ms", [.. rounds.Select(r => r.P99)], setup, Figure.Median(limit)));
            if (name == "history")
                figures.Add(Figure.Of("pages.history.rate", "/s", [.. rounds.Select(r => r.Rate)], setup));
        }
        return figures;
    }

    private static async Task<IReadOnlyList<(double P99, double Rate)>> Rounds(Server server, Func<int, string> address, double scale)
    {
        var rounds = new List<(double, double)>();
        for (var round = 0; round < 4; round++)
        {
            var measured = await Loop(server, address, (int)(1600 * Math.Max(scale, 0.1)));
            if (round > 0) // the first is the warm-up
                rounds.Add(measured);
        }
        return rounds;
    }

    // What the server itself says it took for each call.
    private static MeterListener ServerTimes(ConcurrentBag<double> times)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "http.server.request.duration")
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((_, seconds, _, _) => times.Add(seconds * 1000));
        listener.Start();
        return listener;
    }

    /// <summary>The p99 of the server's time for a call in ms, and calls a second.</summary>
    internal static async Task<(double P99, double Rate)> Loop(Server server, Func<int, string> address, int calls)
    {
        var (times, next) = (new ConcurrentBag<double>(), -1);
        using var listener = ServerTimes(times);
        var whole = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = server.Client();
            while (Interlocked.Increment(ref next) is var i && i < calls)
            {
                using var answer = await client.GetAsync(new Uri(address(i), UriKind.Relative));
                answer.EnsureSuccessStatusCode();
            }
        }));
        return (Figure.Percentile([.. times], 99), calls / whole.Elapsed.TotalSeconds);
    }
}
