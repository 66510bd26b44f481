using System.Diagnostics;
using System.Net.Http.Json;
using Debci.Api.Cli;
using Debci.EventLog.Marten;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>rebuild: all read models by <c>debci rebuild</c>, a process of its own, against reading and decoding the log alone; and claims beside it.</summary>
internal static class RebuildBenchmark
{
    private const int Runs = 333_333;

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var (runs, times) = ((int)(Runs * scale), 3);
        var (rates, reads, memories) = (new List<double>(), new List<double>(), new List<double>());
        var large = new List<double>();
        await using (var one = await Log.Fill(runs))
        {
            await one.Rebuild(); // warm-up
            for (var i = 0; i < times; i++)
            {
                reads.Add(await one.ReadAndDecode());
                var (rate, memory) = await one.Rebuild();
                rates.Add(rate);
                memories.Add(memory);
            }
        }
        await using (var three = await Log.Fill(runs * 3))
        {
            for (var i = 0; i < times; i++)
                large.Add((await three.Rebuild()).Rate);
        }
        var claims = await Claims(scale, times);
        var setup = $"{runs:#,0} runs of {BigLog.Packages:#,0} packages on 3 suites × 8 arches, three events each; from start to end of `debci rebuild`";
        return
        [
            Figure.Of("rebuild.rate", "/s", rates, $"events, {setup}; over read-and-decode", Figure.Median(reads)),
            Figure.Of("rebuild.ratio", "×", [.. rates.Zip(reads, (a, b) => a / b)], "rate over read-and-decode of the same log, measured in turn"),
            Figure.Of("rebuild.growth", "×", [.. large.Select(l => l / Figure.Median(rates))], "rate with three times the log over the rate with one"),
            Figure.Of("rebuild.memory", "MiB", memories, "peak of the process", 512),
            Figure.Of("rebuild.claims", "×", claims, "time of a claim while a rebuild runs over without, 50 workers in a closed loop", 1.3),
        ];
    }

    private static async Task<List<double>> Claims(double scale, int times)
    {
        await using var server = await ServerProcess.Start();
        await using var database = NpgsqlDataSource.Create(server.Database);
        using var requests = server.Client(server.RequestKey);
        for (var i = 0; i < 40; i++)
            await requests.Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on BatchAccepted { position } } }",
                new { t = Enumerable.Range(0, (int)Math.Max(100, 5000 * scale)).Select(n => new { package = $"p{n}", suite = "testing", arch = "amd64", triggers = new[] { $"upload{i}/1-1" } }) });
        using var worker = server.Client(server.ReportKey);
        var slower = new List<double>();
        for (var i = 0; i <= times; i++)
        {
            var alone = await ClaimsPerSecond(worker, () => false, (int)Math.Max(20, 2000 * scale));
            using var rebuild = Log.Start(server.Database);
            var beside = await ClaimsPerSecond(worker, () => !rebuild.HasExited, (int)Math.Max(20, 200 * scale));
            await rebuild.WaitForExitAsync();
            if (i > 0)
                slower.Add(alone / beside);
        }
        return slower;
    }

    // At least so many, and as long as something else goes on.
    private static async Task<double> ClaimsPerSecond(HttpClient client, Func<bool> goesOn, int least)
    {
        var (taken, watch) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async w =>
        {
            while (Interlocked.Increment(ref taken) <= least || goesOn())
            {
                using var answer = await client.PostAsJsonAsync(new Uri("/worker/v1/claim", UriKind.Relative), new
                { claim = Guid.NewGuid(), worker = $"w{w}", arches = new[] { "amd64" }, backends = new[] { "fake" }, software = "bench", waitSeconds = 10 });
                if (answer.StatusCode != System.Net.HttpStatusCode.OK)
                    throw new InvalidOperationException($"a claim was answered {(int)answer.StatusCode}: there is nothing left to be claimed"); // and to wait would be measured
            }
        }));
        return (taken - 50) / watch.Elapsed.TotalSeconds;
    }

    /// <summary>A filled log on a database of its own.</summary>
    private sealed class Log(string connection, NpgsqlDataSource database) : IAsyncDisposable
    {
        public static async Task<Log> Fill(int runs)
        {
            var connection = await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c));
            var database = NpgsqlDataSource.Create(connection);
            await BigLog.Fill(database, runs);
            return new Log(connection, database);
        }

        /// <summary>Events a second, and the peak of resident memory.</summary>
        public async Task<(double Rate, double MiB)> Rebuild()
        {
            var watch = Stopwatch.StartNew();
            using var process = Start(connection);
            var peak = 0.0;
            while (!process.WaitForExit(50))
                peak = Math.Max(peak, Peak(process.Id));
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? (await Events() / watch.Elapsed.TotalSeconds, peak) : throw new InvalidOperationException("the rebuild failed");
        }

        public static Process Start(string connection)
        {
            var start = new ProcessStartInfo(Repository.Path("src/Api/bin/Release/net10.0/debci"), ["rebuild"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DEBCI__DATABASE__CONNECTION"] = connection;
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, said) => { if (Environment.GetEnvironmentVariable("DEBCI_BENCH_TALK") is not null) Console.WriteLine(said.Data); };
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
            return process;
        }

        /// <summary>Reading and decoding alone, a page at a time: events a second.</summary>
        public async Task<double> ReadAndDecode()
        {
            await using var log = new MartenEventLog(database);
            var (events, position, watch) = (0L, 0L, Stopwatch.StartNew());
            while (await log.ReadAll(position, 5_000) is { Count: > 0 } page)
            {
                foreach (var e in page)
                    e.Decode();
                position = page[^1].Position;
                events += page.Count;
            }
            return events / watch.Elapsed.TotalSeconds;
        }

        public async ValueTask DisposeAsync() => await database.DisposeAsync();

        private async Task<long> Events()
        {
            await using var count = database.CreateCommand("select count(*) from log.mt_events");
            return (long)(await count.ExecuteScalarAsync())!;
        }

        private static double Peak(int process)
        {
            try
            {
                return File.ReadLines($"/proc/{process}/status").Where(l => l.StartsWith("VmHWM:", StringComparison.Ordinal))
                    .Select(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024).FirstOrDefault();
            }
            catch (IOException)
            {
                return 0; // it ended
            }
        }
    }
}
