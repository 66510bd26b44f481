using System.Diagnostics;
using System.Net.Http.Headers;
using Debci.Api.Cli;
using Debci.Api.Keys;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.Benchmarks;

/// <summary>A server as a process of its own, so that what it costs can be told from what its clients cost.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("debci-bench-");
    private readonly Uri address = new($"http://127.0.0.1:{Ports.Free()}");
    private Process process = null!;
    private TestEngine? log;

    public string RequestKey { get; private set; } = "";
    public string ReportKey { get; private set; } = "";
    public string Database { get; private set; } = "";
    public IReadOnlyList<string> RequesterKeys { get; private set; } = [];

    /// <summary>Starts one.</summary>
    /// <param name="requesters">How many accounts with keys of their own there are beside "alice".</param>
    public static async Task<ServerProcess> Start(int requesters = 0)
    {
        var server = new ServerProcess();
        server.log = await TestEngine.Start();
        var connection = await Prepare(server.log);
        await using (var database = NpgsqlDataSource.Create(connection))
        {
            var keys = new AccessKeys(database);
            (server.RequestKey, server.ReportKey) = (await keys.Create("alice", [Scope.Request]), await keys.Create("worker", [Scope.Report]));
            server.RequesterKeys = await Task.WhenAll(Enumerable.Range(0, requesters).Select(i => keys.Create($"requester{i}", [Scope.Request])));
        }
        server.Database = connection;
        var start = new ProcessStartInfo(Repository.Path("src/Api/bin/Release/net10.0/debci"), ["serve"]);
        (start.Environment["DEBCI__SERVER__LISTEN"], start.Environment["DEBCI__DATABASE__CONNECTION"]) = (server.address.ToString(), connection);
        (start.Environment["DEBCI__FILES__ROOT"], start.Environment["DEBCI__ARCHIVE__SUITES"], start.Environment["DEBCI__ARCHIVE__BACKENDS"]) = (server.folder.FullName, "testing,unstable", "fake");
        (start.Environment["DEBCI__ARCHIVE__ARCHES"], start.Environment["DEBCI__RUNS__LEASE_SECONDS"]) = ("amd64,arm64,armel,armhf,i386,ppc64el,riscv64,s390x", "3600");
        if (server.log is { } log)
            (start.Environment["DEBCI__LOG__ENGINE"], start.Environment["DEBCI__LOG__CONNECTION"]) = ("eventstoredb", log.Connection);
        start.Environment["DEBCI__EXTRA_SOURCES__UNSTABLE"] = "deb http://deb.example.org/debian unstable main";
        server.process = Process.Start(start)!;
        await Eventually.True("the server answers", server.Answers);
        return server;
    }

    // A database beside a cluster is made for that one; others are copies of one.
    private static async Task<string> Prepare(TestEngine? log)
    {
        if (log is null)
            return await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c));
        var connection = await (await PostgresCluster.Shared).NewDatabase("empty", _ => Task.CompletedTask);
        await Migration.Run(connection, cluster: log.Settings);
        return connection;
    }

    public HttpClient Client(string? key)
    {
        var client = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = int.MaxValue }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
        client.DefaultRequestHeaders.Authorization = key is null ? null : new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    /// <summary>Processor time that it has used so far, in ms.</summary>
    public double CpuMs()
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalMilliseconds;
    }

    /// <summary>What is resident of it.</summary>
    public double MemoryKiB() => double.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]);

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        if (log is not null)
            await log.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task<bool> Answers()
    {
        try
        {
            using var client = Client(null);
            return (await client.GetAsync(new Uri("/health", UriKind.Relative))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }
}
