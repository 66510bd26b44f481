using Debci.EventLog.EventStore;

namespace Debci.Playground.EventStore;

/// <summary>
/// Where servers of tests and benchmarks keep their log, by <c>DEBCI_TEST_ENGINE</c>: <c>eventstoredb</c> is a double of its own for each, a connection string
/// (<c>esdb://…</c>) a server that is empty and theirs alone; all else is PostgreSQL.
/// </summary>
public sealed class TestEngine : IAsyncDisposable
{
    /// <summary>The variable.</summary>
    public const string Variable = "DEBCI_TEST_ENGINE";

    private TestEngine(EventStoreDouble? cluster, string connection) => (Doubled, Connection) = (cluster, connection);

    /// <summary>The double; null where it is a real one.</summary>
    public EventStoreDouble? Doubled { get; }

    /// <summary>A connection string to it.</summary>
    public string Connection { get; }

    /// <summary>What that says.</summary>
    public EventStoreSettings Settings => EventStoreSettings.Parse(Connection);

    /// <summary>Whether the variable names another engine than PostgreSQL.</summary>
    public static bool IsCluster => Environment.GetEnvironmentVariable(Variable) is { } named && (named == "eventstoredb" || named.Contains("://", StringComparison.Ordinal));

    /// <summary>Starts what the variable says; null where the log is on PostgreSQL.</summary>
    /// <param name="always">Whether it is a double whatever the variable says.</param>
    public static async Task<TestEngine?> Start(bool always = false)
    {
        if (!IsCluster && !always)
            return null;
        var named = Environment.GetEnvironmentVariable(Variable);
        if (!always && named != "eventstoredb")
            return new(null, named!);
        var cluster = await EventStoreDouble.Start(3);
        return new(cluster, cluster.Connection());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Doubled is not null)
            await Doubled.DisposeAsync();
    }
}
