using Debci.EventLog.EventStore;
using Debci.EventLog.Marten;
using Debci.EventLog.Memory;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EventLog.Tests;

public sealed class MemoryEngine : EventLogConformance
{
    private readonly MemoryEventLog log = new();

    protected override Task<IEventLog> Node() => Task.FromResult<IEventLog>(log);
}

public sealed class MartenEngine : EventLogConformance, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> opened = [];
    private string connection = "";

    public async Task InitializeAsync() =>
        connection = await (await PostgresCluster.Shared).NewDatabase("log", c => MartenLogSchema.Migrate(c));

    protected override Task<IEventLog> Node()
    {
        var database = NpgsqlDataSource.Create(connection);
        var log = new MartenEventLog(database);
        opened.AddRange([log, database]);
        return Task.FromResult<IEventLog>(log);
    }

    public async Task DisposeAsync()
    {
        foreach (var one in opened)
            await one.DisposeAsync();
    }
}

/// <summary>The engine on EventStoreDB's protocol, against the double: three nodes, one of which leads.</summary>
public sealed class EventStoreEngine : EventLogConformance, IAsyncLifetime
{
    private readonly List<IAsyncDisposable> opened = [];
    private EventStoreDouble cluster = null!;
    private string connection = "";

    public async Task InitializeAsync()
    {
        cluster = await EventStoreDouble.Start(nodes: 3);
        connection = await (await PostgresCluster.Shared).NewDatabase("empty", _ => Task.CompletedTask);
        await using var database = NpgsqlDataSource.Create(connection);
        await EventStoreNaming.Migrate(EventStoreSettings.Parse(cluster.Connection()), database);
    }

    protected override Task<IEventLog> Node()
    {
        var database = NpgsqlDataSource.Create(connection);
        var log = new EventStoreLog(EventStoreSettings.Parse(cluster.Connection()), database);
        opened.AddRange([log, database]);
        return Task.FromResult<IEventLog>(log);
    }

    public async Task DisposeAsync()
    {
        foreach (var one in opened)
            await one.DisposeAsync();
        await cluster.DisposeAsync();
        Assert.Empty(cluster.Mistakes);
    }
}
