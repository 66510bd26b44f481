using System.Diagnostics;
using Debci.Api.Files;
using Debci.Domain;
using Debci.Playground;
using Npgsql;

namespace Debci.Api.Tests.GraphQL;

/// <summary>What following a log costs the server.</summary>
public sealed class LogFollowerTests : IAsyncLifetime
{
    private const string Log = "subscription ($r: ID!) { logAppended(run: $r) { text end } }";
    private Server server = null!;
    private HttpClient anybody = null!;
    private HttpClient worker = null!;
    private long run;

    public async Task InitializeAsync()
    {
        server = await Server.Start();
        (anybody, worker) = (server.Client(), server.Client(server.ReportKey));
        await server.Client(server.RequestKey).Request("hello");
        run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
    }

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task While_a_log_is_closed_and_its_run_is_not_over_followers_wait_for_the_run()
    {
        var feeds = await Follow(5);
        await Send(0, "all\n");
        await Told(feeds, "all\n");
        await server.Get<LogStore>().Finish(new RunKey(run, "hello", "testing", "amd64", false), 1, default); // and the server dies before it stores the result

        using var looks = new Looks(server);
        await SomeWork();
        Assert.Equal(0, looks.AtRuns);

        await worker.Report(run, logSize: 4);
        foreach (var feed in feeds)
            Assert.True((await feed.Next())!.Value.GetProperty("end").GetBoolean());
    }

    [Fact]
    public async Task What_happens_to_other_runs_asks_nothing_of_the_database_for_those_who_follow_this_one()
    {
        var feeds = await Follow(20);
        await Send(0, "all\n");
        await Told(feeds, "all\n");

        using var looks = new Looks(server);
        for (var i = 0; i < 10; i++)
            await server.Client(server.RequestKey).Request($"other{i}");
        await Send(4, "more\n");
        await Told(feeds, "more\n");
        Assert.InRange(looks.AtRuns, 0, 12); // ten changes, at each of which the feed looks once for all
    }

    private Task<Subscription[]> Follow(int many) => Task.WhenAll(Enumerable.Range(0, many).Select(_ => Subscription.To(anybody, Log, new { r = $"{run}" })));

    private static async Task Told(Subscription[] feeds, string text)
    {
        foreach (var feed in feeds)
            Assert.Equal(text, (await feed.Next())!.Value.GetProperty("text").GetString());
    }

    private async Task SomeWork()
    {
        for (var i = 0; i < 300; i++)
            await anybody.Data("{ server { position } }");
    }

    private async Task Send(int offset, string text)
    {
        using var answer = await worker.PostAsync($"/worker/v1/runs/{run}/attempts/1/log?worker=w1&offset={offset}", new StringContent(text));
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>Counts this server's queries of the runs' rows.</summary>
    private sealed class Looks : IDisposable
    {
        private readonly ActivityListener listener;
        private int atRuns;

        public Looks(Server server)
        {
            var database = new NpgsqlConnectionStringBuilder(server.Configuration.Database).Database;
            listener = new ActivityListener
            {
                ShouldListenTo = source => source.Name == "Npgsql",
                Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllData,
                ActivityStopped = query =>
                {
                    var tags = query.TagObjects.ToDictionary(t => t.Key, t => $"{t.Value}");
                    if (tags.ContainsValue(database!) && tags.Values.Any(v => v.Contains("from read.runs", StringComparison.Ordinal)))
                        Interlocked.Increment(ref atRuns);
                },
            };
            ActivitySource.AddActivityListener(listener);
        }

        public int AtRuns => Volatile.Read(ref atRuns);

        public void Dispose() => listener.Dispose();
    }
}
