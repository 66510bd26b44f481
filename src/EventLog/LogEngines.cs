using Debci.EventLog.EventStore;
using Debci.EventLog.Marten;
using Npgsql;

namespace Debci.EventLog;

/// <summary>A log that holds connections, until it is disposed of.</summary>
public interface IOpenLog : IEventLog, IAsyncDisposable;

/// <summary>The engines that a log can be on: PostgreSQL where no cluster is given, else EventStoreDB. What is above does not know which.</summary>
public static class LogEngines
{
    /// <summary>Opens the log. The data source stays the caller's.</summary>
    /// <exception cref="LogAwayException">A file of certificates cannot be read.</exception>
    public static IOpenLog Open(NpgsqlDataSource database, EventStoreSettings? cluster) => cluster is null ? new MartenEventLog(database) : new EventStoreLog(cluster, database);

    /// <summary>The log's own short random word.</summary>
    /// <exception cref="LogAwayException">The cluster is away, or refuses.</exception>
    /// <exception cref="InvalidOperationException">It holds no log yet, or one that is still being copied.</exception>
    public static Task<string> Id(NpgsqlDataSource database, EventStoreSettings? cluster, CancellationToken cancellation = default) =>
        cluster is null ? MartenLogSchema.LogId(database, cancellation) : EventStoreNaming.LogId(cluster, cancellation);

    /// <summary>Creates what is missing.</summary>
    /// <exception cref="LogAwayException">The cluster is away, or refuses.</exception>
    /// <exception cref="InvalidOperationException">The log is still being copied.</exception>
    public static async Task Migrate(string connectionString, EventStoreSettings? cluster, CancellationToken cancellation = default)
    {
        if (cluster is null)
        {
            await MartenLogSchema.Migrate(connectionString, cancellation);
            await using var own = NpgsqlDataSource.Create(connectionString);
            await MartenLogSchema.LogId(own, cancellation);
            return;
        }
        await using var database = NpgsqlDataSource.Create(connectionString);
        await EventStoreNaming.Migrate(cluster, database, cancellation);
    }
}
