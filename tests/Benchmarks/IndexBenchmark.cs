using System.Diagnostics;
using System.Globalization;
using System.Net;
using Debci.Playground;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>index: packages.json of 20,000 packages, as distro-tracker fetches it: its first byte, the whole of it, and that there is nothing new.</summary>
internal static class IndexBenchmark
{
    private const int Packages = 20_000;
    private const int Rounds = 4; // the first is the warm-up
    private static readonly Uri Address = new("/data/status/testing/amd64/packages.json", UriKind.Relative);

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        await using var server = await BigArchive.Start(scale / 2); // 20,000 packages of half a million runs
        var expected = await Fill(server);
        using var client = server.Client();
        var (first, whole, known, limits, smallest) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var round = 0; round < Rounds; round++)
        {
            var fetched = await Times(40, () => Fetch(client, expected));
            var tag = await Tag(client);
            var (same, health) = (await Times(400, () => IsKnown(client, tag)), await Times(400, () => Health(client)));
            if (round == 0)
                continue;
            first.Add(Figure.Percentile([.. fetched.Select(f => f.First)], 99));
            whole.Add(Figure.Percentile([.. fetched.Select(f => f.Whole)], 99));
            known.Add(Figure.Percentile(same, 99));
            smallest.Add(Figure.Percentile(health, 99));
            limits.Add(await CopyMs(server));
        }
        var setup = string.Create(CultureInfo.InvariantCulture, $"{expected:#,0} packages of {500_000 * scale:#,0} runs, one client on the same machine, not packed");
        return
        [
            Figure.Of("index.first.p99", "ms", first, $"{setup}; limit: PostgreSQL's own COPY of the same rows as JSON, whole", Figure.Median(limits)),
            Figure.Of("index.whole.p99", "ms", whole, $"{setup}; limit: the same", Figure.Median(limits)),
            Figure.Of("index.304.p99", "ms", known, $"{setup}; limit: /health the same way", Figure.Median(smallest)),
        ];
    }

    // One place has all packages; what the statuses say of them, and how new they are.
    private static async Task<int> Fill(Server server)
    {
        await using var fill = server.Get<NpgsqlDataSource>().CreateCommand("""
            insert into read.index (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)
                select distinct on (package) 'testing', 'amd64', package, run, status, version, message, triggers, duration, finished_at, position from read.history where not private
                order by package, run desc on conflict do nothing;
            insert into read.statuses (suite, arch, package, run, status, settled, previous, last_pass_at, last_pass_version, since)
                select suite, arch, package, run, status, status, 'pass', finished_at, version, finished_at::date from read.index;
            insert into read.status_places (suite, arch, position, changed_at)
                select suite, arch, (select position from read.checkpoints where name = 'statuses'), max(finished_at) from read.index group by suite, arch;
            analyze
            """);
        fill.CommandTimeout = 600;
        await fill.ExecuteNonQueryAsync();
        await using var count = server.Get<NpgsqlDataSource>().CreateCommand("select count(*) from read.index where suite = 'testing' and arch = 'amd64'");
        var found = (int)(long)(await count.ExecuteScalarAsync())!;
        return found <= Packages ? found : throw new InvalidOperationException($"{found} packages, which are too many");
    }

    private static async Task<List<T>> Times<T>(int times, Func<Task<T>> call)
    {
        var measured = new List<T>();
        for (var i = 0; i < times; i++)
            measured.Add(await call());
        return measured;
    }

    private static async Task<(double First, double Whole)> Fetch(HttpClient client, int packages)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await client.GetAsync(Address, HttpCompletionOption.ResponseHeadersRead);
        await using var body = await answer.Content.ReadAsStreamAsync();
        var (buffer, objects) = (new byte[1 << 20], 0);
        var length = await body.ReadAsync(buffer);
        var first = watch.Elapsed.TotalMilliseconds;
        for (; length > 0; length = await body.ReadAsync(buffer))
            objects += buffer.AsSpan(0, length).Count((byte)'{');
        return objects == packages ? (first, watch.Elapsed.TotalMilliseconds) : throw new InvalidOperationException($"{objects} jobs of {packages} packages");
    }

    private static async Task<string> Tag(HttpClient client)
    {
        using var answer = await client.GetAsync(Address, HttpCompletionOption.ResponseHeadersRead);
        return answer.Headers.ETag!.ToString();
    }

    private static async Task<double> IsKnown(HttpClient client, string tag)
    {
        var watch = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Get, Address) { Headers = { { "If-None-Match", tag } } };
        using var answer = await client.SendAsync(request);
        return answer.StatusCode == HttpStatusCode.NotModified ? watch.Elapsed.TotalMilliseconds : throw new InvalidOperationException($"{answer.StatusCode} in the place of 304");
    }

    private static async Task<double> Health(HttpClient client)
    {
        var watch = Stopwatch.StartNew();
        using var answer = await client.GetAsync(new Uri("/health", UriKind.Relative));
        return watch.Elapsed.TotalMilliseconds;
    }

    private static async Task<double> CopyMs(Server server)
    {
        await using var connection = await server.Get<NpgsqlDataSource>().OpenConnectionAsync();
        var watch = Stopwatch.StartNew();
        await using var copy = await connection.BeginRawBinaryCopyAsync(
            "copy (select row_to_json(i)::text from read.index i where suite = 'testing' and arch = 'amd64' order by package) to stdout (format binary)");
        var buffer = new byte[1 << 20];
        while (await copy.ReadAsync(buffer, CancellationToken.None) > 0)
        {
            // read and left
        }
        return watch.Elapsed.TotalMilliseconds;
    }
}
