using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Debci.Playground;

/// <summary>A private PostgreSQL cluster with fsync on, in a folder of its own, that ends with this process however that ends.</summary>
public sealed class PostgresCluster : IDisposable
{
    private static readonly Lazy<Task<PostgresCluster>> SharedOne = new(Start);
    private readonly string folder = Directory.CreateTempSubdirectory("debci-pg-").FullName;
    private readonly int port = Ports.Free();
    private PostgresCluster? primary; // that it was made as a standby of
    private Process? server;

    /// <summary>The cluster that the tests of this process share.</summary>
    public static Task<PostgresCluster> Shared => SharedOne.Value;

    /// <summary>A cluster for tests that kill it.</summary>
    public static Task<PostgresCluster> Start() => Start(primary: null);

    /// <summary>A standby of this cluster, without which this one acknowledges nothing from now on.</summary>
    public async Task<PostgresCluster> StartSynchronousStandby()
    {
        var standby = await Start(this);
        await Execute("alter system set synchronous_standby_names = '*'"); // behind the copy: the standby, once promoted, waits for nobody
        await Execute("select pg_reload_conf()");
        await Eventually.True("the standby is synchronous", async () => await Ask("select exists (select from pg_stat_replication where sync_state = 'sync')"));
        return standby;
    }

    /// <summary>Makes a standby a primary, and waits until it is one.</summary>
    public Task Promote() => Execute("select pg_promote()");

    private static async Task<PostgresCluster> Start(PostgresCluster? primary)
    {
        var cluster = new PostgresCluster { primary = primary };
        File.SetUnixFileMode(cluster.folder, (UnixFileMode)0b111_101_101);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => cluster.Dispose();
        await cluster.Restart();
        return cluster;
    }

    /// <summary>A fresh database that <paramref name="prepare"/> made: once a cluster, then copied.</summary>
    public async Task<string> NewDatabase(string template, Func<string, Task> prepare)
    {
        await Templates.GetOrAdd((this, template), _ => new Lazy<Task>(async () =>
        {
            await Execute($"create database {template}");
            await prepare(ConnectionString(template));
            NpgsqlConnection.ClearAllPools(); // a template must have no connections
        })).Value;
        var name = $"test_{Guid.NewGuid():N}";
        await Copying.WaitAsync();
        try
        {
            await Execute($"create database {name} template {template}");
        }
        finally
        {
            Copying.Release();
        }
        return ConnectionString(name);
    }

    /// <summary>kill -9 of the server and all its processes.</summary>
    public void Kill()
    {
        var postmaster = int.Parse(File.ReadLines(Path.Combine(folder, "data", "postmaster.pid")).First());
        foreach (var child in ProcessTree.Children(postmaster).Append(postmaster))
            ProcessTree.Kill(child);
        server!.WaitForExit();
    }

    /// <summary>Starts the server, also after a kill, and waits until it answers.</summary>
    public async Task Restart()
    {
        server = Process.Start(new ProcessStartInfo(Repository.Path("ops/postgres"), [folder, $"{port}", .. primary is null ? Array.Empty<string>() : ["--standby-of", $"{primary.port}"], "--until-stdin-closes", "--throw-away"]) { RedirectStandardInput = true })!;
        await Eventually.True("PostgreSQL answers", async () =>
        {
            if (server.HasExited)
                throw new InvalidOperationException("ops/postgres ended; see its words above. PostgreSQL comes with: apt-get install postgresql");
            return await Answers();
        });
    }

    /// <summary>How to reach a database of it.</summary>
    public string ConnectionString(string database) =>
        $"Host=127.0.0.1;Port={port};Username=debci;Database={database};Include Error Detail=true;Maximum Pool Size=30";

    /// <summary>How to reach a database of whichever of two clusters is the primary.</summary>
    public string ConnectionString(string database, PostgresCluster other) =>
        $"{ConnectionString(database).Replace($"Host=127.0.0.1;Port={port}", $"Host=127.0.0.1:{port},127.0.0.1:{other.port}")};Target Session Attributes=primary;Host Recheck Seconds=1";

    /// <inheritdoc/>
    public void Dispose()
    {
        if (server is null)
            return;
        server.StandardInput.Close();
        server.WaitForExit(TimeSpan.FromSeconds(10)); // at the end of the process there is less time; ops/postgres clears away all the same
        server = null;
    }

    private static readonly System.Collections.Concurrent.ConcurrentDictionary<(PostgresCluster, string), Lazy<Task>> Templates = new();
    private static readonly SemaphoreSlim Copying = new(1, 1);

    private async Task<bool> Answers()
    {
        try
        {
            await Execute("select 1");
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    private async Task Execute(string sql) => await Ask(sql);

    // The first column of the first row, where that is a truth.
    private async Task<bool> Ask(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync() is true;
    }
}

/// <summary>Ports of the loopback interface.</summary>
public static class Ports
{
    private const int First = 10_000;
    private const int BehindLast = 32_768; // from here on Linux gives them to outgoing connections: one could take it before its server does
    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>One that nobody listens on just now, and that this process has not given before.</summary>
    public static int Free()
    {
        while (true)
        {
            var port = Random.Shared.Next(First, BehindLast);
            if (Given.TryAdd(port, true) && IsFree(port))
                return port;
        }
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
