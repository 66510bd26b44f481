using Debci.EventLog.Marten;
using Debci.EventLog.Memory;
using Debci.Playground;
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
