using Debci.EventLog.EventStore;
using Debci.EventLog.Marten;
using Npgsql;

namespace Debci.EventLog.Copy;

/// <summary>Where a log is: a connection string of PostgreSQL or, by its beginning (<c>esdb://</c>), of EventStoreDB.</summary>
public sealed class LogConnection
{
    private readonly string? postgres;
    private readonly EventStoreSettings? cluster;

    private LogConnection(string? postgres, EventStoreSettings? cluster) => (this.postgres, this.cluster) = (postgres, cluster);

    /// <summary>Reads a connection string.</summary>
    /// <exception cref="FormatException">It is none; the sentence never quotes what could be a password.</exception>
    public static LogConnection Parse(string text)
    {
        if (text.Contains("://", StringComparison.Ordinal))
            return new(null, EventStoreSettings.Parse(text));
        try
        {
            return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0 } read ? new(read.ConnectionString, null) : throw new FormatException("names no host.");
        }
        catch (ArgumentException)
        {
            throw new FormatException("is no connection: write Host=…;Database=…;Username=… for PostgreSQL, or esdb://user:password@host:2113 for EventStoreDB.");
        }
    }

    /// <summary>Where that is, without secrets.</summary>
    public override string ToString() => cluster is not null ? $"EventStoreDB at {cluster.Where}"
        : new NpgsqlConnectionStringBuilder(postgres) is var read ? $"PostgreSQL's database {read.Database} at {read.Host}:{read.Port}" : "";

    /// <summary>Whether both are the same place, as far as their words tell.</summary>
    public bool IsSameAs(LogConnection other) => ToString() == other.ToString();

    /// <summary>Opens the log for reading, from a database that is the caller's where it is PostgreSQL.</summary>
    internal CopySource OpenSource()
    {
        if (cluster is not null)
            return new(this, new EventStoreLog(new Cluster(cluster), null), c => EventStoreNaming.LogId(cluster, c));
        var database = NpgsqlDataSource.Create(postgres!);
        return new(this, new MartenEventLog(database), c => MartenLogSchema.LogId(database, c), database);
    }

    /// <summary>Opens what a log is copied to.</summary>
    internal ICopyTarget OpenTarget() => cluster is not null ? new EventStoreTarget(cluster) : new MartenTarget(postgres!);
}

/// <summary>A log that is copied.</summary>
internal sealed class CopySource(LogConnection where, IOpenLog log, Func<CancellationToken, Task<string>> word, IAsyncDisposable? held = null) : IAsyncDisposable
{
    public LogConnection Where => where;

    public IEventLog Log => log;

    /// <summary>Its word.</summary>
    public Task<string> Word(CancellationToken cancellation) => word(cancellation);

    public async ValueTask DisposeAsync()
    {
        await log.DisposeAsync();
        if (held is not null)
            await held.DisposeAsync();
    }
}
