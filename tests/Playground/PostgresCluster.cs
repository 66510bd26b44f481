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
    private Process? server;

    /// <summary>The cluster that the tests of this process share.</summary>
    public static Task<PostgresCluster> Shared => SharedOne.Value;

    /// <summary>A cluster for tests that kill it.</summary>
    public static async Task<PostgresCluster> Start()
    {
        var cluster = new PostgresCluster();
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
        server = Process.Start(new ProcessStartInfo(Repository.Path("ops/postgres"), [folder, $"{port}", "--until-stdin-closes", "--throw-away"]) { RedirectStandardInput = true })!;
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

    private async Task Execute(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>Ports of the loopback interface.</summary>
public static class Ports
{
    /// <summary>One that nobody listens on just now.</summary>
    public static int Free()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
