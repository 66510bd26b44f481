using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Debci.Api.Cli;
using Debci.Api.Configuration;
using Debci.Api.Hosting;
using Debci.Api.Keys;
using Debci.EventLog.EventStore;
using Debci.Playground.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Debci.Playground;

/// <summary>A whole server inside this process, on a database and in a folder of its own, with keys for everybody.</summary>
public sealed class Server : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-files-").FullName;
    private readonly TimeProvider clock;
    private WebApplication? app;
    private TestEngine? own;

    private Server(DebciConfiguration configuration, TimeProvider clock) => (Configuration, this.clock) = (configuration with { Files = folder }, clock);

    /// <summary>How it is configured.</summary>
    public DebciConfiguration Configuration { get; private set; }

    /// <summary>Where it answers.</summary>
    public Uri Address => new(app!.Urls.First());

    /// <summary>A key with the scope request, of the account "alice".</summary>
    public string RequestKey { get; private set; } = "";

    /// <summary>A key with the scope report.</summary>
    public string ReportKey { get; private set; } = "";

    /// <summary>A key with the scope admin.</summary>
    public string AdminKey { get; private set; } = "";

    /// <summary>A key with the scope schedule.</summary>
    public string SystemKey { get; private set; } = "";

    /// <summary>Another key with the scope request, of the account "bob".</summary>
    public string OtherKey { get; private set; } = "";

    /// <summary>A part of the server.</summary>
    public T Get<T>() where T : notnull => app!.Services.GetRequiredService<T>();

    /// <summary>Starts one on the shared cluster; its log is there too, or on a double of EventStoreDB where one is given, or where <see cref="TestEngine"/> says. Its clock may be another than the machine's.</summary>
    public static async Task<Server> Start(Func<DebciConfiguration, DebciConfiguration>? configure = null, EventStoreDouble? cluster = null, TimeProvider? clock = null)
    {
        var own = cluster is null ? await TestEngine.Start() : null;
        var (connection, log) = await Prepare(own?.Connection ?? cluster?.Connection(user: cluster.Credentials is { } credentials ? $"{credentials}@" : ""));
        var configuration = new DebciConfiguration
        {
            Database = connection, Log = log, Listen = "http://127.0.0.1:0", Suites = ["testing", "unstable"], Arches = ["amd64", "arm64"], Backends = ["fake", "unshare"], RetryPauseSeconds = 0,
        };
        var server = new Server(configure?.Invoke(configuration) ?? configuration, clock ?? TimeProvider.System) { own = own };
        await using (var database = NpgsqlDataSource.Create(connection))
        {
            var keys = new AccessKeys(database);
            server.RequestKey = await keys.Create("alice", [Scope.Request]);
            server.SystemKey = await keys.Create("scheduler", [Scope.Schedule]);
            server.OtherKey = await keys.Create("bob", [Scope.Request]);
            server.ReportKey = await keys.Create("worker", [Scope.Report]);
            server.AdminKey = await keys.Create("operator", [Scope.Admin]);
        }
        server.app = await ServerHost.Build(server.Configuration, server.clock);
        await server.app.StartAsync();
        return server;
    }

    private static async Task<(string Connection, LogSettings Log)> Prepare(string? cluster)
    {
        var postgres = await PostgresCluster.Shared;
        if (cluster is null)
            return (await postgres.NewDatabase("debci", c => Migration.Run(c)), LogSettings.OnPostgres);
        var log = new LogSettings(true, EventStoreSettings.Parse(cluster));
        var connection = await postgres.NewDatabase("empty", _ => Task.CompletedTask);
        await Migration.Run(connection, cluster: log.Cluster);
        return (connection, log);
    }

    /// <summary>Ends it and starts another on the same database and folder; its address is another.</summary>
    public async Task Restart()
    {
        await app!.StopAsync(); // disposing alone would take the database from what still works
        await app.DisposeAsync();
        app = await ServerHost.Build(Configuration, clock);
        await app.StartAsync();
    }

    /// <summary>A client with a key, or without.</summary>
    public HttpClient Client(string? key = null)
    {
        var client = new HttpClient { BaseAddress = Address };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (app is not null)
            await app.DisposeAsync();
        if (own is not null)
            await own.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}

/// <summary>Talking to a server as its clients do.</summary>
public static class Talk
{
    /// <summary>Asks GraphQL; the whole answer.</summary>
    public static async Task<JsonElement> Ask(this HttpClient client, string query, object? variables = null)
    {
        using var answer = await client.PostAsJsonAsync("/graphql", new { query, variables });
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>The data of an answer without errors.</summary>
    public static async Task<JsonElement> Data(this HttpClient client, string query, object? variables = null)
    {
        var answer = await client.Ask(query, variables);
        return answer.TryGetProperty("errors", out var errors) ? throw new InvalidOperationException($"{errors}") : answer.GetProperty("data");
    }

    /// <summary>Requests runs of packages on testing/amd64; their ids, and the position.</summary>
    public static async Task<(IReadOnlyList<long> Runs, string Position)> Request(this HttpClient client, params string[] packages)
    {
        var tests = packages.Select(package => new { package, suite = "testing", arch = "amd64" });
        var data = await client.Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on BatchAccepted { runs position } ... on Refused { message } } }", new { t = tests });
        var accepted = data.GetProperty("requestRuns");
        return ([.. accepted.GetProperty("runs").EnumerateArray().Select(r => long.Parse(r.GetString()!))], accepted.GetProperty("position").GetString()!);
    }

    /// <summary>Claims a run as a worker does; null when there is none.</summary>
    public static async Task<JsonElement?> Claim(this HttpClient client, string worker = "w1", int waitSeconds = 0, Guid? claim = null)
    {
        using var answer = await client.PostAsJsonAsync("/worker/v1/claim", new
        { claim = claim ?? Guid.NewGuid(), worker, arches = new[] { "amd64" }, backends = new[] { "fake" }, software = "test", waitSeconds });
        answer.EnsureSuccessStatusCode();
        return answer.StatusCode == System.Net.HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Reports a run as a worker does.</summary>
    public static Task<HttpResponseMessage> Report(
        this HttpClient client, long run, int attempt = 1, string worker = "w1", int? exitCode = 0, string summary = "t PASS\n", string version = "p 1-1", long logSize = 0) =>
        client.PostAsJsonAsync($"/worker/v1/runs/{run}/attempts/{attempt}/report?worker={worker}", new
        {
            exitCode, summary, testpkgVersion = version, startedAt = "2026-11-23T11:00:00Z", durationSeconds = 1, timedOut = false, logSize,
        });
}
