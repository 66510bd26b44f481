using System.Diagnostics;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>asof: the index of 40,000 packages as of a year ago, in the midst of two years of results, against the current one.</summary>
internal static class AsOfBenchmark
{
    private const int Rounds = 8; // the first is the warm-up
    private const string Setup = "10 results of each package, 500 of one in a hundred, over two years";
    private static readonly IndexQuestion Question = new("testing", "amd64");

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        await using var server = await Server.Start();
        var packages = (int)(40_000 * scale);
        var now = await Fill(server.Get<NpgsqlDataSource>(), packages);
        var (index, then) = (server.Get<IndexQueries>(), now / 2);
        var (current, past) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var (one, other) = (await Milliseconds(() => Read(index, packages, null)), await Milliseconds(() => Read(index, packages, then)));
            if (round > 0)
                (current, past) = ([.. current, one], [.. past, other]);
        }
        var shift = 0; // each round another moment: what was counted once is remembered
        var counts = await Times(() => index.Counts(Question.Suite, Question.Arch, then + shift++));
        var first = await Times(() => index.List(Question, null, 51, then));
        var recent = await Times(() => index.List(Question, null, 51, now - 1000));
        var sorted = await Times(() => index.List(Question with { Order = IndexOrder.Finished, Descending = true }, null, 51, then));
        return
        [
            Figure.Of("asof.ratio", "×", [.. past.Zip(current, (p, c) => p / c)], $"the whole index of {packages:#,0} packages a year back over the current one, row for row; {Setup}"),
            Figure.Of("asof.index", "ms", past, "the same in time; limit: the current one", Figure.Median(current)),
            Figure.Of("asof.first", "ms", first, "the first 50 packages by name, a year back"),
            Figure.Of("asof.recent", "ms", recent, "the same a short while back"),
            Figure.Of("asof.sorted", "ms", sorted, "the 50 newest results, a year back: all of it is sorted"),
            Figure.Of("asof.counts", "ms", counts, "how many packages had which status, a year back"),
            .. await Listings(server, packages, now),
        ];
    }

    // The whole index by GraphQL, page by page, as a client reads it.
    private static async Task<IReadOnlyList<Figure>> Listings(Server server, int packages, long now)
    {
        using var client = server.Client();
        var log = server.Get<Api.GraphQL.LogIdentity>().Id;
        await server.Get<IEventLog>().Append("worker-w1", 0, new CommandInfo(Guid.NewGuid(), "announce", "worker:w1", Guid.NewGuid()).Events([new WorkerEvent.Announced("w1", ["amd64"], ["fake"], "test"), new WorkerEvent.Drained("w1")]));
        // The rows are put into their tables beside an almost empty log: of its two events one is told to be the first of them, the other the last.
        await using (var command = server.Get<NpgsqlDataSource>().CreateCommand($"update log.mt_events set seq_id = case version when 1 then 1 else {now} end; update read.checkpoints set position = {now}"))
            await command.ExecuteNonQueryAsync();
        await Eventually.True("the rows are there", () => Task.FromResult(server.Get<ReadPosition>().Current >= now));
        var (current, past) = (new List<double>(), new List<double>());
        for (var round = 0; round < 4; round++)
        {
            var (one, other) = (await Milliseconds(() => Pages(client, packages, $"{log}.{now / 2}")), await Milliseconds(() => Pages(client, packages, null)));
            if (round > 0)
                (past, current) = ([.. past, one], [.. current, other]);
        }
        return [Figure.Of("asof.listing", "ms", past, $"the index a year back by GraphQL, 500 packages a page; limit: the current one", Figure.Median(current))];
    }

    private static async Task Pages(HttpClient client, int packages, string? asOf)
    {
        var (read, after) = (0, (string?)null);
        do
        {
            var page = (await client.Data("query ($a: String, $t: String) { index(suite: \"testing\", arch: \"amd64\", first: 500, after: $a, asOf: $t) { nodes { package status version runId finishedAt } pageInfo { hasNextPage endCursor } } }", new { a = after, t = asOf })).GetProperty("index");
            read += page.GetProperty("nodes").GetArrayLength();
            after = page.GetProperty("pageInfo") is { } info && info.GetProperty("hasNextPage").GetBoolean() ? info.GetProperty("endCursor").GetString() : null;
        }
        while (after is not null);
        if (read != packages)
            throw new InvalidOperationException($"{read} packages of {packages}");
    }

    private static async Task Read(IndexQueries index, int packages, long? asOf)
    {
        var rows = await index.List(Question, null, packages + 1, asOf);
        if (rows.Count < packages * 0.95)
            throw new InvalidOperationException($"{rows.Count} packages of {packages}");
    }

    private static async Task<IReadOnlyList<double>> Times(Func<Task> what)
    {
        var times = new List<double>();
        for (var round = 0; round < Rounds; round++)
            times.Add(await Milliseconds(what));
        return [.. times.Skip(1)];
    }

    private static async Task<double> Milliseconds(Func<Task> what)
    {
        var watch = Stopwatch.StartNew();
        await what();
        return watch.Elapsed.TotalMilliseconds;
    }

    // Rows as the model writes them, in the order in which it would; the log's last position.
    private static async Task<long> Fill(NpgsqlDataSource database, int packages)
    {
        await using var fill = database.CreateCommand($$"""
            create temp table made as
                select 'package-' || p as package, row_number() over (order by (i + random()) / n) * 3 as position, n
                from generate_series(0, {{packages}} - 1) as p, lateral (select case when p % 100 = 0 then 500 else 10 end as n) as many, lateral generate_series(0, n - 1) as i;
            create temp table ranges as
                select package, position, lead(position) over (partition by package order by position) as until from made;
            insert into read.index (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)
                select 'testing', 'amd64', package, position, {{Columns}}, position from ranges where until is null order by random();
            insert into read.index_past (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position, until)
                select 'testing', 'amd64', package, position, {{Columns}}, position, until from ranges where until is not null order by until;
            """);
        fill.CommandTimeout = 600;
        await fill.ExecuteNonQueryAsync();
        await using var rest = database.CreateCommand("vacuum analyze");
        rest.CommandTimeout = 600;
        await rest.ExecuteNonQueryAsync();
        await using var last = database.CreateCommand("select max(position) from read.index");
        return (long)(await last.ExecuteScalarAsync())!;
    }

    private const string Columns = "case when position % 10 < 2 then 'fail' else 'pass' end, '1.' || position % 100 || '-1', 'All tests passed', 'glibc/2.41-6', (position % 900)::int, timestamptz '2025-01-01' + make_interval(secs => position)";
}
