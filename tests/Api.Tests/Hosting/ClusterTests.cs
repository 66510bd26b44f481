using System.Net;
using System.Text.Json;
using Debci.Api.Hosting;
using Debci.Api.Replay;
using Debci.EventLog;
using Debci.Playground;
using Debci.Playground.EventStore;

namespace Debci.Api.Tests.Hosting;

/// <summary>The same paths with the log on EventStoreDB.</summary>
public sealed class RunPathOnClusterTests : RunPathTests
{
    private EventStoreDouble? cluster;

    protected override async Task<Server> Start() => await Server.Start(cluster: cluster = await EventStoreDouble.Start(3));

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        await cluster!.DisposeAsync();
        Assert.Empty(cluster.Mistakes);
    }
}

/// <summary>A server whose log is on a cluster that comes and goes.</summary>
public sealed class ClusterTests
{
    [Fact]
    public async Task A_server_does_not_start_without_its_cluster_and_says_why()
    {
        await using var cluster = await EventStoreDouble.Start();
        await using var server = await Server.Start(cluster: cluster);
        await cluster.Kill(0);

        var away = await Assert.ThrowsAsync<LogAwayException>(() => ServerHost.Build(server.Configuration));

        Assert.Contains("EventStoreDB at 127.0.0.1:", away.Message, StringComparison.Ordinal);
        Assert.Contains("does not answer: Connection refused.", away.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_outlives_its_cluster_and_goes_on_with_it()
    {
        await using var cluster = await EventStoreDouble.Start(3);
        await using var server = await Server.Start(cluster: cluster);
        var (britney, worker) = (server.Client(server.RequestKey), server.Client(server.ReportKey));
        var (runs, _) = await britney.Request("hello");
        for (var node = 0; node < 3; node++)
            await cluster.Kill(node);
        var refused = britney.Ask("mutation { requestRuns(input: {tests: [{package: \"base\", suite: \"testing\", arch: \"amd64\"}]}) { __typename } }");

        for (var node = 0; node < 3; node++)
            await cluster.Revive(node);
        await refused; // put off, or taken when the cluster came back

        Assert.Equal(runs[0], (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64());
        using var reported = await worker.Report(runs[0]);
        Assert.Equal(HttpStatusCode.OK, reported.StatusCode);
        await Eventually.True("the server is well", async () => (await server.Client().GetAsync("/health")).StatusCode == HttpStatusCode.OK);
    }

    [Fact]
    public async Task Health_names_the_log_says_why_it_is_away_and_is_well_again_without_a_restart()
    {
        await using var cluster = await EventStoreDouble.Start();
        cluster.Credentials = "debci:s3cret";
        await using var server = await Server.Start(cluster: cluster);
        await Eventually.True("it is well", async () => await Health(server) == (HttpStatusCode.OK, """{"engine":"eventstoredb","reachable":true,"trouble":null}"""));

        await cluster.Kill(0);
        await Eventually.True("it says so", async () => await Health(server) is (HttpStatusCode.ServiceUnavailable, var log) && log.Contains("does not answer: Connection refused.", StringComparison.Ordinal));
        await cluster.Revive(0);
        await Eventually.True("it is well again", async () => (await Health(server)).Code == HttpStatusCode.OK);

        cluster.Credentials = "debci:another";
        await Eventually.True("it says who is refused", async () => await Health(server) is (HttpStatusCode.ServiceUnavailable, var log) && log.Contains("does not know the user or the password", StringComparison.Ordinal));
        Assert.DoesNotContain("s3cret", (await Health(server)).Log, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<LogAwayException>(() => ServerHost.Build(server.Configuration));
        Assert.Contains("does not know the user or the password of [log] connection", refused.Message, StringComparison.Ordinal);
        cluster.Credentials = "debci:s3cret";
        await Eventually.True("it is well in the end", async () => (await Health(server)).Code == HttpStatusCode.OK);
        Assert.Single((await server.Client(server.RequestKey).Request("hello")).Runs);
    }

    [Fact]
    public async Task Health_names_a_log_on_PostgreSQL_too()
    {
        await using var server = await Server.Start();
        await Eventually.True("it is well", async () => await Health(server) is (HttpStatusCode.OK, var log) && log.Contains("\"reachable\":true", StringComparison.Ordinal));
    }

    private static async Task<(HttpStatusCode Code, string Log)> Health(Server server)
    {
        using var answer = await server.Client().GetAsync("/health");
        return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("log").GetRawText());
    }

    [Fact]
    public async Task A_replay_is_of_what_the_cluster_holds()
    {
        await using var cluster = await EventStoreDouble.Start(3);
        await using var server = await Server.Start(cluster: cluster);
        var (britney, worker) = (server.Client(server.RequestKey), server.Client(server.ReportKey));
        var (runs, position) = await britney.Request("hello");
        await worker.Claim(waitSeconds: 30);
        using var reported = await worker.Report(runs[0]);

        await using var past = await ReplayServer.Build(server.Configuration, position, null, false, _ => { }, CancellationToken.None);

        Assert.Equal(position, past.Past.Position);
        Assert.Equal(2, (await server.Get<IEventLog>().ReadStream($"run-{runs[0]}")).Count);
        Assert.Empty(await past.Past.Log.ReadStream($"run-{runs[0]}"));
    }
}
