using Debci.EventLog.EventStore;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>A cluster, a database, and logs on both.</summary>
internal sealed class Clustered : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> opened = [];
    private readonly string database;

    private Clustered(EventStoreDouble cluster, string database) => (Cluster, this.database) = (cluster, database);

    public EventStoreDouble Cluster { get; }

    public static async Task<Clustered> Start(int nodes = 3)
    {
        var clustered = new Clustered(await EventStoreDouble.Start(nodes), await (await PostgresCluster.Shared).NewDatabase("empty", _ => Task.CompletedTask));
        await EventStoreNaming.Migrate(EventStoreSettings.Parse(clustered.Cluster.Connection()), clustered.Database());
        return clustered;
    }

    /// <summary>A log as another process has it: it remembers nothing.</summary>
    public EventStoreLog Open(string? connection = null, TimeSpan? patience = null)
    {
        var log = new EventStoreLog(new Cluster(EventStoreSettings.Parse(connection ?? Cluster.Connection("tls=false&maxDiscoverAttempts=2&discoveryInterval=20")), patience), Database());
        opened.Add(log);
        return log;
    }

    /// <summary>A log whose process may only read the database.</summary>
    public EventStoreLog OpenReadOnly()
    {
        var log = new EventStoreLog(EventStoreSettings.Parse(Cluster.Connection()), Database(";Options=-c default_transaction_read_only=on"));
        opened.Add(log);
        return log;
    }

    public NpgsqlDataSource Database(string options = "")
    {
        var source = NpgsqlDataSource.Create(database + options);
        opened.Add(source);
        return source;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var one in Enumerable.Reverse(opened))
            await one.DisposeAsync();
        await Cluster.DisposeAsync();
        Assert.Empty(Cluster.Mistakes);
    }
}
