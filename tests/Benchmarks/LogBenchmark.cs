using System.Diagnostics;
using System.Text;
using Debci.Domain;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>results.log: appends of one event each at the EventLog interface, against plain inserts of the same bytes.</summary>
internal static class LogBenchmark
{
    private const int Callers = 64;

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var each = (int)(300 * scale);
        var connection = await (await PostgresCluster.Shared).NewDatabase("log", c => MartenLogSchema.Migrate(c));
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxAutoPrepare = 20 });
        await using var log = new MartenEventLog(database);
        var (rates, rivals) = (new List<double>(), new List<double>());
        for (var run = 0; run < 4; run++)
        {
            var rate = await AppendsPerSecond(log, run, each);
            var rival = await Rival.InsertsPerSecond(connection, Callers, each, Encoding.UTF8.GetString(EventCodec.Write(Finished(1))));
            if (run == 0)
                continue; // warm-up
            rates.Add(rate);
            rivals.Add(rival);
        }
        var setup = $"{Callers} callers, {each} appends of one finished event each, PostgreSQL with fsync";
        return
        [
            Figure.Of("results.log.rate", "/s", rates, setup, Figure.Median(rivals)),
            Figure.Of("results.log.ratio", "×", [.. rates.Zip(rivals, (a, b) => a / b)], $"over one-row inserts at {Callers} connections"),
        ];
    }

    public static RunEvent.Started Started(long run) => new(new RunKey(run, "package1", "testing", "amd64", false), 1, "ci-worker-12", "fake");

    public static RunEvent.Finished Finished(long run) => new(
        new RunKey(run, "hello", "testing", "amd64", false), 1, "worker-1", Status.Pass, "All tests passed", false, ["glibc/2.41-6"],
        "01890a5d-ac96-774b-bcce-b302099a8057",
        new Report(DateTimeOffset.UnixEpoch, 16, [new TestResult("command1", TestOutcome.Pass), new TestResult("upstream-tests", TestOutcome.Pass)],
            2, false, 4244, 0, "2.10-3", new string('a', 64), 10_240));

    private static async Task<double> AppendsPerSecond(MartenEventLog log, int run, int each)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(async c =>
        {
            for (var i = 0; i < each; i++)
            {
                var id = (run * 10_000_000L) + (c * 100_000) + i;
                var command = new CommandInfo(Guid.NewGuid(), "reportAttempt", "worker:w1", Guid.NewGuid());
                await log.Append($"run-{id}", 0, command.Events([Finished(id)]));
            }
        }));
        return Callers * each / watch.Elapsed.TotalSeconds;
    }
}
