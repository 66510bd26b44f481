using Debci.Api.Cli;
using Debci.Domain;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Debci.Projections;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>log.bytes: what PostgreSQL stores for one whole run (asked for, started, finished), in events and in rows, with their indexes.</summary>
internal static class StorageBenchmark
{
    private const int Chunk = 20_000;
    private const string Requester = "01890a5d-ac96-774b-bcce-b302099a8057";
    private static readonly string[] Suites = ["testing", "unstable", "experimental"];

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        var (runs, packages) = ((int)(1_000_000 * scale), (int)(15_000 * scale));
        var connection = await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c));
        await using var database = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connection) { MaxAutoPrepare = 100, CommandTimeout = 600 });
        await using var log = new MartenEventLog(database);
        var projector = new Projector(log, database, ReadModels.All(), NullLogger<Projector>.Instance);
        var empty = await Sizes(database);
        for (var from = 1L; from <= runs; from += Chunk)
        {
            var keys = Enumerable.Range(0, (int)Math.Min(Chunk, runs - from + 1)).Select(i => Key(from + i, packages)).ToList();
            await Live(log, keys);
            await projector.CatchUp();
            await Vacuum(database);
        }
        var full = await Sizes(database);
        await TellTables(database, runs);
        var setup = $"{runs:#,0} runs of {packages:#,0} packages, 8 arches, 3 suites, of one attempt and two tests each";
        Figure Of(string name, Func<Parts, long> part, string what) => Figure.Of(name, "bytes", [(part(full) - part(empty)) / (double)runs], what);
        return
        [
            Of("log.bytes", s => s.Log + s.Rows + s.Past, setup), Of("log.bytes.events", s => s.Log, "of these the log"),
            Of("log.bytes.rows", s => s.Rows, "the rows of now"), Of("log.bytes.past", s => s.Past, "the rows of the past"),
        ];
    }

    // A chunk is half a day of Debian, and is behind in seconds here: PostgreSQL's own cleaning, which comes once a minute, would have been.
    private static async Task Vacuum(NpgsqlDataSource database)
    {
        await using var vacuum = database.CreateCommand("vacuum analyze");
        await vacuum.ExecuteNonQueryAsync();
    }

    // A package comes round, now here, now there.
    private static RunKey Key(long run, int packages) => new(run, $"package-{run * 7919 % packages}", Suites[(int)(run / packages % 3)], ColdRun.Arches[(int)(run * 31 / packages % 8)], false);

    private static async Task Live(MartenEventLog log, IReadOnlyList<RunKey> runs)
    {
        foreach (var chunk in runs.Chunk(1000))
        {
            var batch = Guid.CreateVersion7();
            var asked = chunk.Select(run => (object)new BatchEvent.Requested(run, Requester, Triggers(run), [], [], 5)).Append(new BatchEvent.Accepted(batch, Requester, chunk.Length));
            await log.Append(Streams.Batch(batch), 0, Command("requestRuns", $"account:{Requester}").Events(asked));
        }
        var many = new ParallelOptions { MaxDegreeOfParallelism = 256 };
        await Parallel.ForEachAsync(runs, many, async (run, _) =>
            await log.Append(Streams.Run(run.Id), 0, Command("claimRun", "worker:ci-worker-12").Events([LogBenchmark.Started(run.Id) with { Run = run }]), CancellationToken.None));
        await Parallel.ForEachAsync(runs, many, async (run, _) => await log.Append(Streams.Run(run.Id), 1, Command("reportAttempt", "worker:ci-worker-12").Events(
            [LogBenchmark.Finished(run.Id) with { Run = run, Requester = Requester, Triggers = Triggers(run), Worker = "ci-worker-12" }]), CancellationToken.None));
    }

    private static string[] Triggers(RunKey run) => [$"glibc/2.41-{run.Id % 9}"];

    private static CommandInfo Command(string name, string actor) => new(Guid.NewGuid(), name, actor, Guid.NewGuid());

    // Where to look first, should it be too much.
    private static async Task TellTables(NpgsqlDataSource database, int runs)
    {
        await using var command = database.CreateCommand("""
            select c.oid::regclass::text, pg_table_size(c.oid), pg_indexes_size(c.oid),
                (select string_agg(attname || ' ' || round(avg_width * (1 - null_frac)), ', ' order by avg_width * (1 - null_frac) desc)
                    from pg_stats s where s.schemaname = c.relnamespace::regnamespace::text and s.tablename = c.relname)
            from pg_class c where c.relkind = 'r' and c.relnamespace::regnamespace::text ~ '^(log|read)' order by pg_total_relation_size(c.oid) desc limit 12
            """);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            Console.WriteLine($"   {rows.GetString(0),-40} {rows.GetInt64(1) / runs,6} bytes a run, and {rows.GetInt64(2) / runs,5} of indexes; a row: {(rows.IsDBNull(3) ? "" : rows.GetString(3))}");
    }

    private sealed record Parts(long Log, long Rows, long Past);

    private static async Task<Parts> Sizes(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("""
            select coalesce(sum(size) filter (where schema = 'log'), 0)::bigint,
                coalesce(sum(size) filter (where schema like 'read%' and not past), 0)::bigint, coalesce(sum(size) filter (where past), 0)::bigint
            from (select n.nspname as schema, pg_total_relation_size(c.oid) as size, n.nspname ~ '_past_v' or c.relname ~ '_past$' as past
                from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'r') as tables
            """);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return new Parts(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }
}
