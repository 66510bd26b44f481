using System.Diagnostics;
using System.Net.Http.Json;
using Debci.Projections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Debci.Benchmarks;

/// <summary>graphql.ratio: a history of 20 rows by GraphQL, over a plain JSON endpoint that asks the same query of the database.</summary>
internal static class GraphQLBenchmark
{
    private const int Clients = 16;
    private const string Query = "query ($p: String!) { history(package: $p, first: 20) { nodes { run suite arch status version durationSeconds finishedAt worker } } }";

    public static async Task<IReadOnlyList<Figure>> Run(double scale)
    {
        await using var server = await BigArchive.Start(0.1 * scale);
        await using var plain = await StartPlain(server.Get<HistoryQueries>());
        var plainAddress = new Uri(plain.Urls.First());
        var (graph, rival) = (new List<double>(), new List<double>());
        for (var round = 0; round < 4; round++)
        {
            var one = await Rate(server.Address, (client, i) => client.PostAsJsonAsync("/graphql", new { query = Query, variables = new { p = BigArchive.Package(i % 4000) } }), scale);
            var other = await Rate(plainAddress, (client, i) => client.GetAsync(new Uri($"/history/{BigArchive.Package(i % 4000)}", UriKind.Relative)), scale);
            if (round == 0)
                continue; // warm-up
            graph.Add(one);
            rival.Add(other);
        }
        return
        [
            Figure.Of("graphql.rate", "/s", graph, $"a history of 20 rows × 8 fields, {Clients} clients; limit: plain JSON of the same query", Figure.Median(rival)),
            Figure.Of("graphql.ratio", "×", [.. graph.Zip(rival, (a, b) => a / b)], "the same, round by round"),
        ];
    }

    private static async Task<WebApplication> StartPlain(HistoryQueries history)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapGet("/history/{package}", async (string package, HttpContext http) =>
            (await history.List(package, null, null, null, 21, Viewer.Public, http.RequestAborted)).Take(20).Select(
                r => new { r.Run, r.Suite, r.Arch, Status = $"{r.Status}", r.Version, r.DurationSeconds, r.FinishedAt, r.Worker }));
        await app.StartAsync();
        return app;
    }

    private static async Task<double> Rate(Uri address, Func<HttpClient, int, Task<HttpResponseMessage>> call, double scale)
    {
        var (calls, next) = ((int)(4000 * scale), -1);
        var watch = Stopwatch.StartNew();
        await Task.WhenAll(Enumerable.Range(0, Clients).Select(async _ =>
        {
            using var client = new HttpClient { BaseAddress = address };
            while (Interlocked.Increment(ref next) is var i && i < calls)
            {
                using var answer = await call(client, i);
                answer.EnsureSuccessStatusCode();
                await answer.Content.ReadAsByteArrayAsync();
            }
        }));
        return calls / watch.Elapsed.TotalSeconds;
    }
}
