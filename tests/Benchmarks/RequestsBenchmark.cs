using System.Diagnostics;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;

namespace Debci.Benchmarks;

/// <summary>requests: single requests from 16 clients, and one batch of 50,000, against plain inserts of the same bytes.</summary>
internal static class RequestsBenchmark
{
    private const int Clients = 16;
    private const int WarmUp = 4;
    private const string Single = "mutation ($p: String!) { requestRuns(input: {tests: [{package: $p, suite: \"testing\", arch: \"amd64\", triggers: [\"glibc/2.41-6\"]}]}) { ... on BatchAccepted { runs position } } }";
    private const string Batch = "mutation ($t: [TestInput!]!, $id: String) { requestRuns(input: {batchId: $id, tests: $t}) { ... on BatchAccepted { accepted position } ... on Refused { message } } }";

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        await using var server = await ServerProcess.Start();
        var (each, batch) = (Math.Max(10, (int)(250 * scale)), Math.Max(100, (int)(50_000 * scale)));
        var (rates, rivals, accepted, visible, again) = (new List<double>(), new List<double>(), new List<double>(), new List<double>(), new List<double>());
        for (var run = 0; run < 4; run++)
        {
            var rate = await Singles(server, run == 0 ? each * WarmUp : each, run); // a server is up for days: its code is compiled for speed by then
            var rival = await Rival.InsertsPerSecond(server.Database, Clients, each * 2, Encoding.UTF8.GetString(EventCodec.Write(Requested)));
            var (seconds, seen, repeated) = await OneBatch(server, batch, run);
            if (run == 0)
                continue; // warm-up
            rates.Add(rate);
            rivals.Add(rival);
            accepted.Add(seconds);
            visible.Add(seen);
            again.Add(repeated);
        }
        return
        [
            Figure.Of("requests.single.rate", "/s", rates, $"{Clients} clients, one run a call, a server process of its own; over one-row inserts at {Clients} connections", Figure.Median(rivals)),
            Figure.Of("requests.batch.seconds", "s", accepted, $"one batch of {batch:#,0}; beside it so many one-row inserts at {Clients} connections", batch / Figure.Median(rivals)),
            Figure.Of("requests.batch.visible", "s", visible, "from the answer until the queue has passed its position"),
            Figure.Of("requests.batch.again", "s", again, "the same batch sent again"),
        ];
    }

    private static async Task<double> Singles(ServerProcess server, int each, int run)
    {
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async c =>
        {
            using var client = server.Client(server.RequestKey);
            for (var i = 0; i < each; i++)
                (await client.Data(Single, new { p = $"single{run}-{c}-{i}" })).GetProperty("requestRuns").GetProperty("position"); // a refusal has none
        }));
        return Clients * each / watch.Elapsed.TotalSeconds;
    }

    private static async Task<(double Accepted, double Visible, double Again)> OneBatch(ServerProcess server, int count, int run)
    {
        using var client = server.Client(server.RequestKey);
        var tests = Enumerable.Range(0, count).Select(i => new { package = $"batch{run}-{i}", suite = "testing", arch = "amd64", triggers = new[] { "perl/5.42.0-1" } }).ToList();
        using var body = JsonContent.Create(new { query = Batch, variables = new { t = tests, id = $"run {run}" } });
        await body.LoadIntoBufferAsync(); // the client's own work is not measured
        var watch = Stopwatch.StartNew();
        using var answer = await client.PostAsync(new Uri("/graphql", UriKind.Relative), body);
        var stored = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("data").GetProperty("requestRuns");
        var accepted = stored.GetProperty("accepted").GetInt32();
        if (accepted != count)
            throw new InvalidOperationException($"{accepted} of {count} were accepted");
        var seconds = watch.Elapsed.TotalSeconds;
        await Work.Passed(client, stored.GetProperty("position").GetString()!);
        var visible = watch.Elapsed.TotalSeconds - seconds;
        watch.Restart();
        if ((await client.Data(Batch, new { t = tests, id = $"run {run}" })).GetProperty("requestRuns").GetProperty("accepted").GetInt32() != count)
            throw new InvalidOperationException("the batch was answered otherwise the second time");
        return (seconds, visible, watch.Elapsed.TotalSeconds);
    }

    private static BatchEvent.Requested Requested => new(
        new RunKey(71831181, "single1-15-249", "testing", "amd64", false), "01890a5d-ac96-774b-bcce-b302099a8057", ["glibc/2.41-6"], [], [], 5);
}
