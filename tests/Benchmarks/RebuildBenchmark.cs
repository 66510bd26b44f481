using System.Diagnostics;
using System.Net.Http.Json;
using Debci.Api.Cli;
using Debci.EventLog.Marten;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>rebuild: all read models by <c>debci rebuild</c>, a process of its own, against reading and decoding the log alone. rebuild.claims: claims beside it.</summary>
internal static class RebuildBenchmark
{
    private const int Runs = 333_333;
    private static readonly TimeSpan AloneFor = TimeSpan.FromSeconds(5);

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
        var setup = $"{runs:#,0} runs of {BigLog.Packages:#,0} packages on 3 suites × 8 arches, three events each; from start to end of `debci rebuild`";
        return
        [
            Figure.Of("rebuild.rate", "/s", rates, $"events, {setup}; over read-and-decode", Figure.Median(reads)),
            Figure.Of("rebuild.ratio", "×", [.. rates.Zip(reads, (a, b) => a / b)], "rate over read-and-decode of the same log, measured in turn"),
            Figure.Of("rebuild.growth", "×", [.. large.Select(l => l / Figure.Median(rates))], "rate with three times the log over the rate with one"),
            Figure.Of("rebuild.memory", "MiB", memories, "peak of the process", 512),
        ];
    }

    public static async Task<IReadOnlyList<Figure>> Claims(double scale)
    {
        var slower = new List<double>();
        for (var i = 0; i < 3; i++)
            slower.Add(await ClaimsBeside(scale));
        return [Figure.Of("rebuild.claims", "×", slower, "time of a claim while a rebuild runs over without, 50 workers in a closed loop", 1.3)];
    }

    // Of a server of its own each time: what was claimed is gone.
    private static async Task<double> ClaimsBeside(double scale)
    {
        await using var server = await ServerProcess.Start();
        using var requests = server.Client(server.RequestKey);
        for (var i = 0; i < 40; i++)
            await requests.Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on BatchAccepted { position } } }",
                new { t = Enumerable.Range(0, (int)Math.Max(100, 5000 * scale)).Select(n => new { package = $"p{n}", suite = "testing", arch = "amd64", triggers = new[] { $"upload{i}/1-1" } }) });
        using var worker = server.Client(server.ReportKey);
        await Alone(); // warm-up
        var before = await Alone();
        var phases = new Phases(before);
        using var rebuild = Log.Start(server.Database, phases.Begin);
        var beside = await ClaimsPerSecond(worker, () => !rebuild.HasExited, phases.Count);
        await rebuild.WaitForExitAsync(); // and all it said is heard
        var alone = (before + await Alone()) / 2; // what is claimed stays running here, and more of it makes claims slower, too
        phases.Tell();
        Console.WriteLine($"   {before:0} claims/s alone, {beside:0} beside it, {(2 * alone) - before:0} alone again");
        return rebuild.ExitCode == 0 ? alone / beside : throw new InvalidOperationException("the rebuild failed");

        Task<double> Alone()
        {
            var watch = Stopwatch.StartNew();
            return ClaimsPerSecond(worker, () => watch.Elapsed < AloneFor);
        }
    }

    // As long as something goes on.
    private static async Task<double> ClaimsPerSecond(HttpClient client, Func<bool> goesOn, Action? done = null)
    {
        var (taken, watch) = (0, Stopwatch.StartNew());
        await Task.WhenAll(Enumerable.Range(0, 50).Select(async w =>
        {
            while (goesOn())
            {
                using var answer = await client.PostAsJsonAsync(new Uri("/worker/v1/claim", UriKind.Relative), new
                { claim = Guid.NewGuid(), worker = $"w{w}", arches = new[] { "amd64" }, backends = new[] { "fake" }, software = "bench", waitSeconds = 10 });
                if (answer.StatusCode != System.Net.HttpStatusCode.OK)
                    throw new InvalidOperationException($"a claim was answered {(int)answer.StatusCode}: there is nothing left to be claimed"); // and to wait would be measured
                Interlocked.Increment(ref taken);
                done?.Invoke();
            }
        }));
        return taken / watch.Elapsed.TotalSeconds;
    }

    // What the rebuild does by its own words, and how many claims went through meanwhile: where to look first.
    private sealed class Phases(double alone)
    {
        private readonly List<(string Name, long Began, int Claims)> all = [];
        private int claims;

        public void Count() => Interlocked.Increment(ref claims);

        public void Begin(string words)
        {
            if (words.Split(':')[0] is var name && (all is [] || all[^1].Name != name))
                all.Add((name, Stopwatch.GetTimestamp(), Volatile.Read(ref claims)));
        }

        public void Tell()
        {
            Begin("");
            foreach (var (phase, next) in all.Zip(all.Skip(1)))
            {
                var seconds = Stopwatch.GetElapsedTime(phase.Began, next.Began).TotalSeconds;
                Console.WriteLine($"   {phase.Name}: {seconds:0.0} s, claims slower by {alone / ((next.Claims - phase.Claims) / seconds):0.00}");
            }
        }
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

        public static Process Start(string connection, Action<string>? hear = null)
        {
            var start = new ProcessStartInfo(Repository.Path("src/Api/bin/Release/net10.0/debci"), ["rebuild"]) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["DEBCI__DATABASE__CONNECTION"] = connection;
            var process = Process.Start(start)!;
            process.OutputDataReceived += (_, _) => { };
            process.ErrorDataReceived += (_, said) => hear?.Invoke(said.Data ?? "");
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
