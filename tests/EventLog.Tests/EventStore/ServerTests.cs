using System.Reflection;
using Debci.EventLog.EventStore;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>Run only where a server is named.</summary>
public sealed class EventStoreFactAttribute : FactAttribute
{
    internal const string Variable = "DEBCI_TEST_ESDB";

    public EventStoreFactAttribute()
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable(Variable)))
            Skip = $"{Variable} names no EventStoreDB; with a connection string to a server or a cluster for tests, every promise is tried there.";
    }
}

/// <summary>All promises on a server that is there for others too, and may hold anything.</summary>
public sealed class ServerTests
{
    [EventStoreFact]
    public Task Every_promise_holds_on_the_server_that_is_named() => Try(Environment.GetEnvironmentVariable(EventStoreFactAttribute.Variable)!);

    [Fact]
    public async Task Every_promise_holds_on_a_double_that_holds_others_events_too()
    {
        await using var cluster = await EventStoreDouble.Start(3);
        await Try(cluster.Connection());
        Assert.Empty(cluster.Mistakes);
    }

    private static async Task Try(string connection)
    {
        var broken = new List<string>();
        foreach (var promise in typeof(EventLogConformance).GetMethods().Where(m => m.GetCustomAttribute<FactAttribute>() is not null))
            foreach (var given in promise.GetCustomAttributes<InlineDataAttribute>().SelectMany(d => d.GetData(promise)).DefaultIfEmpty([]))
                await Try(connection, promise, given, broken);
        Assert.Empty(broken);
    }

    private static async Task Try(string connection, MethodInfo promise, object[] given, List<string> broken)
    {
        await using var engine = await Engine.On(connection);
        try
        {
            await (Task)promise.Invoke(engine, [.. given.Zip(promise.GetParameters(), (value, parameter) => Convert.ChangeType(value, parameter.ParameterType, null))])!;
        }
#pragma warning disable CA1031 // whatever it is, it is told with its name
        catch (Exception failure)
        {
            broken.Add($"{promise.Name}: {failure}");
        }
#pragma warning restore CA1031
    }

    private sealed class Engine(EventStoreSettings settings, string database) : EventLogConformance, IAsyncDisposable
    {
        private readonly List<IAsyncDisposable> opened = [];
        private readonly string prefix = $"{Guid.NewGuid():N}-";
        private long? begin;

        public static async Task<Engine> On(string connection)
        {
            var database = await (await PostgresCluster.Shared).NewDatabase("empty", _ => Task.CompletedTask);
            await using var source = NpgsqlDataSource.Create(database);
            await EventStoreNaming.Migrate(EventStoreSettings.Parse(connection), source);
            return new Engine(EventStoreSettings.Parse(connection), database);
        }

        protected override async Task<IEventLog> Node()
        {
            var source = NpgsqlDataSource.Create(database);
            var log = new EventStoreLog(settings, source);
            opened.AddRange([log, source]);
            return new PartOfLog(log, prefix, begin ??= await log.Head());
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var one in opened)
                await one.DisposeAsync();
        }
    }
}
