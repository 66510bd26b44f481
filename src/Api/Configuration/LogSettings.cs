using Debci.EventLog.EventStore;

namespace Debci.Api.Configuration;

/// <summary>Which engine the log is on: <c>[log]</c>.</summary>
/// <param name="OnCluster">Whether it is EventStoreDB; else PostgreSQL, in the database of the rows.</param>
/// <param name="Connection">How the cluster is reached.</param>
public sealed record LogSettings(bool OnCluster, EventStoreSettings? Connection)
{
    /// <summary>In the database.</summary>
    public static readonly LogSettings OnPostgres = new(false, null);

    /// <summary>The cluster; null for a log on PostgreSQL.</summary>
    public EventStoreSettings? Cluster => OnCluster ? Connection : null;

    /// <summary>The keys below <c>log.</c>.</summary>
    internal static readonly IReadOnlyDictionary<string, Func<DebciConfiguration, object, DebciConfiguration>> Keys =
        new Dictionary<string, Func<DebciConfiguration, object, DebciConfiguration>>(StringComparer.Ordinal)
        {
            ["log.engine"] = (c, v) => c with { Log = c.Log with { OnCluster = IsCluster(v) } },
            ["log.connection"] = (c, v) => c with { Log = c.Log with { Connection = EventStoreSettings.Parse(ConfigurationKeys.Text(v)) } },
        };

    /// <summary>What does not fit together, a sentence each.</summary>
    internal IEnumerable<string> Mistakes()
    {
        if (OnCluster && Connection is null)
            yield return "[log] engine is \"eventstoredb\", and no cluster is named; write connection = \"esdb://user:password@host:2113\".";
        if (!OnCluster && Connection is not null)
            yield return "[log] connection names a cluster of EventStoreDB, and the engine is \"postgresql\"; write engine = \"eventstoredb\", or leave connection out.";
    }

    private static bool IsCluster(object value) => ConfigurationKeys.Text(value) switch
    {
        "postgresql" => false,
        "eventstoredb" => true,
        _ => throw new FormatException("takes \"postgresql\" or \"eventstoredb\"."),
    };
}
