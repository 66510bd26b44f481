using System.Globalization;
using Debci.Domain;
using Debci.EventLog;
using Npgsql;
using NpgsqlTypes;

namespace Debci.Benchmarks;

/// <summary>A log of many runs, three events each and a batch for every thousand, as they happen: some two thousand wait while others run and end. Written by COPY, past the interface.</summary>
internal static class BigLog
{
    public const int Packages = 15_000;
    private const int BatchSize = 1000;
    private const int Waiting = 2; // batches
    private static readonly string[] Suites = ["testing", "unstable", "experimental"];
    private static readonly string[] Arches = ["amd64", "arm64", "armel", "armhf", "i386", "ppc64el", "riscv64", "s390x"];
    private static readonly DateTime Begin = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    /// <summary>Fills an empty log.</summary>
    public static async Task Fill(NpgsqlDataSource database, int runs)
    {
        await using var connection = await database.OpenConnectionAsync();
        await Run(connection, "set session_replication_role = replica"); // streams have no rows here: nobody appends to them
        var position = 0L;
        await using (var events = await connection.BeginBinaryImportAsync(
            "copy log.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers, is_archived) from stdin (format binary)"))
        {
            foreach (var (stream, version, happened) in History(runs))
            {
                var command = new CommandInfo(Guid.NewGuid(), "reportAttempt", "worker:ci-worker-12", Guid.NewGuid());
                await events.StartRowAsync();
                await events.WriteAsync(++position, NpgsqlDbType.Bigint);
                await events.WriteAsync(Guid.NewGuid(), NpgsqlDbType.Uuid);
                await events.WriteAsync(stream, NpgsqlDbType.Varchar);
                await events.WriteAsync(version, NpgsqlDbType.Bigint);
                await events.WriteAsync(EventCodec.Write(happened), NpgsqlDbType.Jsonb);
                await events.WriteAsync(StoredNames.Of(happened), NpgsqlDbType.Varchar);
                await events.WriteAsync(Begin.AddMilliseconds(position * 150), NpgsqlDbType.TimestampTz); // a million events in two days, as on a busy archive
                await events.WriteAsync(StoredNames.Of(happened), NpgsqlDbType.Varchar);
                await events.WriteAsync(Headers(command), NpgsqlDbType.Jsonb);
                await events.WriteAsync(false, NpgsqlDbType.Boolean);
            }
            await events.CompleteAsync();
        }
        await Run(connection, $"select setval('log.mt_events_sequence', {position})");
        await Run(connection, "vacuum (analyze) log.mt_events");
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync();
    }

    private static string Headers(CommandInfo c) => string.Create(CultureInfo.InvariantCulture,
        $$"""{"actor":"{{c.Actor}}","command":"{{c.Name}}","commandId":"{{c.Id}}","correlation":"{{c.Correlation}}","origin":"live"}""");

    private static IEnumerable<(string Stream, long Version, object Happened)> History(int runs)
    {
        for (var w = 0; w < 50; w++)
            yield return (Streams.Worker($"ci-worker-{w}"), 1, new WorkerEvent.Announced($"ci-worker-{w}", Arches, ["lxc"], "debci-worker 1.0"));
        for (var batch = 0; batch * BatchSize < runs + (Waiting * BatchSize); batch++)
        {
            foreach (var e in Ask(batch, Math.Clamp(runs - (batch * BatchSize), 0, BatchSize)))
                yield return e;
            var first = (batch - Waiting) * BatchSize;
            for (var i = Math.Max(0, first); i < Math.Min(runs, first + BatchSize); i++)
                foreach (var e in Run(i))
                    yield return e;
        }
    }

    private static IEnumerable<(string Stream, long Version, object Happened)> Ask(int batch, int size)
    {
        if (size == 0)
            yield break;
        var id = new Guid(batch + 1, 1, 1, new byte[8]);
        for (var i = 0; i < size; i++)
            yield return (Streams.Batch(id), i + 1, Asked((batch * BatchSize) + i, batch));
        yield return (Streams.Batch(id), size + 1, new BatchEvent.Accepted(id, Requester(batch), size));
    }

    private static IEnumerable<(string Stream, long Version, object Happened)> Run(int i)
    {
        var (key, batch) = (Key(i), i / BatchSize);
        var worker = $"ci-worker-{i % 50}";
        yield return (Streams.Run(key.Id), 1, new RunEvent.Started(key, 1, worker, "lxc"));
        var (status, message) = (i % 10) switch { 0 => (Status.Fail, "smoke failed"), 1 => (Status.Neutral, "All tests skipped"), _ => (Status.Pass, "All tests passed") };
        yield return (Streams.Run(key.Id), 2, new RunEvent.Finished(key, 1, worker, status, message, false, [Trigger(batch)], Requester(batch),
            new Report(Begin, 60 + (i % 900), [new TestResult("upstream-tests", TestOutcome.Pass), new TestResult("smoke", TestOutcome.Pass, "(superficial)")], 2, false, 81_234, 0,
                $"1.{i % 40}-1", new string((char)('a' + (i % 6)), 64), 12_345)));
    }

    private static BatchEvent.Requested Asked(int i, int batch) => new(Key(i), Requester(batch), [Trigger(batch)], [], [], 1 + (i % 10));

    private static RunKey Key(int i) => new(i + 1, $"package-{i % Packages}", Suites[i / Packages % 3], Arches[i / Packages % 8], false);

    private static string Trigger(int batch) => $"upload-{batch}/1.{batch % 7}-1";

    private static string Requester(int batch) => $"c0ffee00-0000-4000-8000-0000000000{batch % 20:00}";
}
