using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

public sealed class StartTests
{
    private static readonly int[] Nodes = [0, 1, 2];

    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        await using var world = await World.Create();
        var (code, words) = await world.StartSecondServer();
        Assert.Equal(1, code);
        Assert.EndsWith("Stop what listens there, or choose another address in [server] listen.", Assert.Single(words.Trim().Split('\n')), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_away_at_the_start_is_said_and_waited_for()
    {
        await using var world = await World.Create();
        await world.StopServer();
        world.Cluster.Kill();
        var server = world.StartVerb("serve");

        Assert.StartsWith("PostgreSQL does not answer: ", await server.StandardError.ReadLineAsync(), StringComparison.Ordinal);
        var (status, health) = await Ask(world, "/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Contains("is [database] connection right?", health, StringComparison.Ordinal);
        await IsPutOff(world);

        await world.Cluster.Restart();
        await IsServed(world, server);
    }

    [Fact]
    public async Task Of_several_hosts_none_may_be_there()
    {
        await using var world = await World.Create(withStandby: true);
        await world.StopServer();
        world.Cluster.Kill(); // the standby is there, and is no primary
        var server = world.StartVerb("serve");

        Assert.StartsWith("PostgreSQL does not answer: ", await server.StandardError.ReadLineAsync(), StringComparison.Ordinal);
        await IsPutOff(world);

        await world.Cluster.Restart();
        await IsServed(world, server);
    }

    [Fact]
    public async Task A_cluster_that_is_away_or_refuses_at_the_start_is_said_and_waited_for()
    {
        await using var world = await World.Create(onCluster: true);
        await world.StopServer();
        var cluster = world.EventStore!;
        foreach (var node in Nodes)
            await cluster.Kill(node);
        var server = world.StartVerb("serve");

        Assert.Matches("^The log's cluster does not say who leads .* The server waits for it.$", await server.StandardError.ReadLineAsync());
        var (status, health) = await Ask(world, "/health");
        var log = JsonDocument.Parse(health).RootElement.GetProperty("log");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "eventstoredb", false), (status, log.GetProperty("engine").GetString(), log.GetProperty("reachable").GetBoolean()));
        await IsPutOff(world);

        cluster.DeniesAccess = true;
        foreach (var node in Nodes)
            await cluster.Revive(node);
        while (await server.StandardError.ReadLineAsync() is { } said && !said.Contains("does not let the user", StringComparison.Ordinal))
            Assert.EndsWith("The server waits for it.", said, StringComparison.Ordinal); // an election has words of its own
        Assert.Contains("does not let the user", (await Ask(world, "/health")).Body, StringComparison.Ordinal);

        cluster.DeniesAccess = false;
        await IsServed(world, server);
    }

    // To programs, to debci's clients and to browsers, each in its own form; and addresses of the inside are for operators only.
    private static async Task IsPutOff(World world)
    {
        var forms = new[] { ("/graphql", "*/*", "\"code\":\"UNAVAILABLE\""), ("/api/v1/test/testing/amd64/hello", "*/*", "cannot start yet"), ("/", "text/html", "<!doctype html>") };
        foreach (var (path, accept, form) in forms)
        {
            var (status, body) = await Ask(world, path, accept);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
            Assert.Contains(form, body, StringComparison.Ordinal);
            Assert.DoesNotContain("127.0.0.1", body, StringComparison.Ordinal);
        }
    }

    private static async Task IsServed(World world, Process server)
    {
        await Eventually.True("the server serves", world.Answers);
        Assert.False(server.HasExited);
        while (await server.StandardOutput.ReadLineAsync() is { } said && !said.Contains("debci serves", StringComparison.Ordinal))
            Assert.False(server.HasExited);
    }

    private static async Task<(HttpStatusCode Status, string Body)> Ask(World world, string path, string accept = "*/*")
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        using var answer = await world.Anybody.SendAsync(request);
        return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
