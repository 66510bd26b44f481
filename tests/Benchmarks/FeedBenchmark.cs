using System.Diagnostics;
using System.Text.Json;
using Debci.EventLog.Marten;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>feed: what britney does each hour, at 170,000 live results, by REST and by GraphQL.</summary>
internal static class FeedBenchmark
{
    private const int Rounds = 4; // the first is the warm-up
    private const string Increment = "query ($a: String) { outcomes(after: $a, first: 100) { nodes { run package suite arch triggers extraSources status version durationSeconds recordedAt } pageInfo { endCursor } } }";
    private const string Keys = "query ($k: [ResultKey!]!) { bestResults(suite: \"testing\", keys: $k) { best { result version run } reference { result ageSeconds } } }";
    private const string Verdicts = "query ($c: [Candidate!]!) { verdicts(suite: \"testing\", candidates: $c) { source answer tests { package arch state best { run } } } }";

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        await using var server = await ServerProcess.Start();
        var lines = ColdRun.Lines(scale);
        var count = await ColdRun.Fill(server.Database, lines);
        using var client = server.Client(server.RequestKey);
        await CaughtUp(server);
        return [.. await Listing(server, client, count), await Increments(server, client, count), await BestResults(server, client, lines), await Judge(client, lines), .. await Requests(server, client, lines)];
    }

    private static async Task<IReadOnlyList<Figure>> Listing(ServerProcess server, HttpClient client, int count)
    {
        var (seconds, limits, memory) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var (before, watch) = (server.MemoryKiB(), Stopwatch.StartNew());
            var peak = before;
            using var answer = await client.GetAsync(new Uri("/api/v1/test?since=1", UriKind.Relative), HttpCompletionOption.ResponseHeadersRead);
            await using var body = await answer.Content.ReadAsStreamAsync();
            var (buffer, bytes) = (new byte[1 << 20], 0L);
            for (int read; (read = await body.ReadAsync(buffer)) > 0; bytes += read)
                peak = Math.Max(peak, server.MemoryKiB());
            if (round > 0)
            {
                (seconds, memory) = ([.. seconds, watch.Elapsed.TotalSeconds], [.. memory, (peak - before) / 1024]);
                limits.Add(await CopySeconds(server.Database));
            }
        }
        return [
            Figure.Of("feed.listing.seconds", "s", seconds, $"{count:#,0} results by REST, read whole; limit: PostgreSQL's own COPY of the same as JSON", Figure.Median(limits)),
            Figure.Of("feed.listing.memory", "MiB", memory, "growth of what is resident of the server meanwhile"),
        ];
    }

    private static async Task<Figure> Increments(ServerProcess server, HttpClient client, int count)
    {
        var position = (await client.Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString()!;
        await using var database = NpgsqlDataSource.Create(server.Database);
        await using var command = database.CreateCommand("select position from read.outcomes order by position desc offset 100 limit 1");
        var cursor = $"{position.Split('.')[0]}.{await command.ExecuteScalarAsync()}";
        var rounds = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var times = new List<double>();
            for (var i = 0; i < 300; i++)
            {
                var watch = Stopwatch.StartNew();
                var nodes = (await client.Data(Increment, new { a = cursor })).GetProperty("outcomes").GetProperty("nodes").GetArrayLength();
                times.Add(nodes == 100 ? watch.Elapsed.TotalMilliseconds : throw new InvalidOperationException($"{nodes} outcomes instead of 100"));
            }
            if (round > 0)
                rounds.Add(Figure.Percentile(times, 99));
        }
        return Figure.Of("feed.increment.p99", "ms", rounds, $"100 new results by cursor, behind {count:#,0}; limit: one durable insert", await Rival.OneInsertMs(server.Database));
    }

    private static async Task<Figure> BestResults(ServerProcess server, HttpClient client, IReadOnlyList<Line> lines)
    {
        var keys = lines.Select(l => new { package = l.Package, arch = "amd64", trigger = l.Triggers[0] }).ToList();
        await using var database = NpgsqlDataSource.Create(server.Database);
        var (seconds, limits) = (new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var best = (await client.Data(Keys, new { k = keys })).GetProperty("bestResults");
            if (best.GetArrayLength() != keys.Count || best.EnumerateArray().Count(b => b.GetProperty("best").GetProperty("result").GetString() is "PASS") < keys.Count * 0.85)
                throw new InvalidOperationException("not every key has its result");
            if (round == 0)
                continue;
            seconds.Add(watch.Elapsed.TotalSeconds);
            watch.Restart();
            var requester = await Alice(database);
            await new Projections.OutcomesQueries(database).ByKey(requester, "testing", [.. keys.Select(k => new Projections.OutcomeKey(k.package, k.arch, k.trigger))]);
            limits.Add(watch.Elapsed.TotalSeconds);
        }
        return Figure.Of("feed.keys.seconds", "s", seconds, $"{keys.Count:#,0} keys in one query; limit: its SQL alone", Figure.Median(limits));
    }

    private static async Task<Figure> Judge(HttpClient client, IReadOnlyList<Line> lines)
    {
        var candidates = lines.GroupBy(l => l.Triggers[0])
            .Select(c => new { source = c.Key.Split('/')[0], version = c.Key.Split('/')[1], tests = c.Select(l => new { package = l.Package, arch = "amd64" }).ToList() }).ToList();
        var seconds = new List<double>();
        for (var round = 0; round < Rounds; round++)
        {
            var watch = Stopwatch.StartNew();
            var verdicts = (await client.Data(Verdicts, new { c = candidates })).GetProperty("verdicts");
            if (verdicts.GetArrayLength() != candidates.Count)
                throw new InvalidOperationException($"{verdicts.GetArrayLength()} verdicts for {candidates.Count} candidates");
            if (round > 0)
                seconds.Add(watch.Elapsed.TotalSeconds);
        }
        return Figure.Of("feed.verdicts.seconds", "s", seconds, $"{candidates.Count:#,0} candidates, {lines.Count:#,0} tests");
    }

    // Each round asks for another architecture, so that nothing is there already; and then for the same again, which must make no second run.
    private static async Task<IReadOnlyList<Figure>> Requests(ServerProcess server, HttpClient client, IReadOnlyList<Line> lines)
    {
        var chunks = lines.Chunk(500).Select(c => JsonSerializer.Serialize(c.Select(l => l.Item))).ToList();
        var (first, again, rivals) = (new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var before = await Pending(server);
            var (one, two) = (await Post(client, ColdRun.Arches[round], chunks), await Post(client, ColdRun.Arches[round], chunks));
            await CaughtUp(server);
            if (await Pending(server) - before != lines.Count)
                throw new InvalidOperationException($"{await Pending(server) - before} runs for {lines.Count} lines that were sent twice");
            if (round > 0)
                (first, again) = ([.. first, one], [.. again, two]);
            rivals.Add(lines.Count / await Rival.InsertsPerSecond(server.Database, 1, 500, "{\"package\":\"green\",\"trigger\":\"green/2\"}"));
        }
        return [
            Figure.Of("feed.requests.seconds", "s", first, $"{lines.Count:#,0} lines in {chunks.Count} POSTs, one after the other; limit: so many one-row inserts", Figure.Median(rivals)),
            Figure.Of("feed.requests.again", "s", again, "the same sent again, while all of it is pending: no second run"),
        ];
    }

    private static async Task<double> Post(HttpClient client, string arch, IReadOnlyList<string> chunks)
    {
        var watch = Stopwatch.StartNew();
        foreach (var chunk in chunks)
        {
            using var form = new FormUrlEncodedContent(new Dictionary<string, string> { ["tests"] = chunk, ["priority"] = "5" });
            using var answer = await client.PostAsync(new Uri($"/api/v1/test/testing/{arch}", UriKind.Relative), form);
            if ((int)answer.StatusCode != 201)
                throw new InvalidOperationException($"{(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        }
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task<double> CopySeconds(string connection)
    {
        var watch = Stopwatch.StartNew();
        await using var one = new NpgsqlConnection(connection);
        await one.OpenAsync();
        await using var copy = await one.BeginRawBinaryCopyAsync("copy (select row_to_json(o)::text from read.outcomes o order by recorded_at, position) to stdout (format binary)");
        var buffer = new byte[1 << 20];
        while (await copy.ReadAsync(buffer, CancellationToken.None) > 0)
        {
            // read and left
        }
        return watch.Elapsed.TotalSeconds;
    }

    private static async Task CaughtUp(ServerProcess server)
    {
        await using var database = NpgsqlDataSource.Create(server.Database);
        await using var log = new MartenEventLog(database);
        var head = await log.Head();
        await Eventually.True("the rows have it", async () =>
        {
            await using var command = database.CreateCommand("select min(position) from read.checkpoints");
            return (long)(await command.ExecuteScalarAsync())! >= head;
        }, TimeSpan.FromMinutes(10));
    }

    private static async Task<long> Pending(ServerProcess server) => (long)(await Scalar(server.Database, "select count(*) from read.queue"))!;

    private static async Task<string> Alice(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand("select id::text from work.accounts where name = 'alice'");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<object?> Scalar(string connection, string sql)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
