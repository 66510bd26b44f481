using System.Diagnostics;
using System.Text;
using Debci.Api.Audit;
using Debci.Api.Cli;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Debci.Projections;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>audit: what the proof costs, in bytes an event and in seconds for a whole check, by this program and by ops/audit-verify; against reading the same events.</summary>
internal static class AuditBenchmark
{
    private const int Rounds = 3;

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var count = (int)(1_000_000 * scale);
        await using var database = NpgsqlDataSource.Create(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c)));
        await Fill(database, count);
        await using var log = new MartenEventLog(database);
        var folder = Directory.CreateTempSubdirectory("debci-audit-").FullName;
        try
        {
            return await Measure(database, log, folder, count);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static async Task<IReadOnlyList<Figure>> Measure(NpgsqlDataSource database, MartenEventLog log, string folder, int count)
    {
        var number = await Seconds(() => new Projector(log, database, [new ProofModel()], NullLogger<Projector>.Instance).CatchUp());
        var key = SigningKey.Create(Path.Combine(folder, "key"));
        var first = await Seconds(() => AuditWork.MakeHead(database, folder, key, [], DateTimeOffset.UnixEpoch));
        var (reads, checks, programs) = (new List<double>(), new List<double>(), new List<double>());
        var export = Path.Combine(folder, "log.jsonl");
        await using (var output = new BufferedStream(File.Create(export)))
            await AuditWork.Export(database, output, head: null);
        for (var round = 0; round < Rounds; round++)
        {
            reads.Add(await Seconds(() => Read(log)));
            checks.Add(await Seconds(async () => Well((await AuditWork.Verify(database, AuditHead.LoadAll([folder]))).Heads.All(h => h.Holds is true))));
            programs.Add(await Seconds(() => Program(key.Public, export, folder)));
        }
        await using var size = database.CreateCommand("select pg_total_relation_size('read_proof_v1.proof_leaves')");
        return [
            Figure.Of("audit.bytes", "bytes", [(long)(await size.ExecuteScalarAsync())! / (double)count], $"stored of the proof for one of {count:#,0} events, index included; limit: a hash", 32),
            Figure.Of("audit.number.seconds", "s", [number], "numbering and hashing them all, in pages of 2,000"),
            Figure.Of("audit.head.seconds", "s", [first], "the first head over them"),
            Figure.Of("audit.verify.seconds", "s", checks, "debci audit verify; limit: reading the same events", Figure.Median(reads)),
            Figure.Of("audit.program.seconds", "s", programs, "ops/audit-verify over the exported log"),
        ];
    }

    // A million events as a server would have stored them: runs that were started and finished.
    private static async Task Fill(NpgsqlDataSource database, int count)
    {
        var finished = Encoding.UTF8.GetString(EventCodec.Write(LogBenchmark.Finished(1)));
        await using var fill = database.CreateCommand("""
            insert into log.mt_streams (id, version, timestamp, created) select 'run-' || i, 1, now(), now() from generate_series(1, $1) i;
            """);
        fill.Parameters.Add(new NpgsqlParameter { Value = count });
        fill.CommandTimeout = 1200;
        await fill.ExecuteNonQueryAsync();
        fill.CommandText = """
            insert into log.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers, is_archived)
            select i, gen_random_uuid(), 'run-' || i, 1, jsonb_set($2::jsonb, '{run,id}', to_jsonb(i)), 'run.finished.v1', now() + make_interval(secs => i * 0.001), 'run.finished.v1',
                jsonb_build_object('actor', 'worker:ci-worker-12', 'command', 'reportAttempt', 'commandId', gen_random_uuid(), 'correlation', gen_random_uuid(), 'origin', 'live'), false
            from generate_series(1, $1) i
            """;
        fill.Parameters.Add(new NpgsqlParameter { Value = finished });
        await fill.ExecuteNonQueryAsync();
    }

    private static async Task Read(MartenEventLog log)
    {
        for (var at = 0L; ;)
        {
            var page = await log.ReadAll(at, 4096);
            if (page.Count == 0)
                return;
            at = page[^1].Position;
        }
    }

    private static async Task Program(string key, string export, string folder)
    {
        using var program = Process.Start(new ProcessStartInfo("python3", [Repository.Path("ops/audit-verify"), "--public-key", key, export, folder]) { RedirectStandardOutput = true })!;
        await program.StandardOutput.ReadToEndAsync();
        await program.WaitForExitAsync();
        Well(program.ExitCode == 0);
    }

    private static void Well(bool holds)
    {
        if (!holds)
            throw new InvalidOperationException("The log does not agree with its own head.");
    }

    private static async Task<double> Seconds(Func<Task> work)
    {
        var watch = Stopwatch.StartNew();
        await work();
        return watch.Elapsed.TotalSeconds;
    }
}
