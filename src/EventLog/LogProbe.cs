using Debci.EventLog.EventStore;
using Npgsql;

namespace Debci.EventLog;

/// <summary>How the log does just now.</summary>
/// <param name="Engine"><c>postgresql</c> or <c>eventstoredb</c>.</param>
/// <param name="Trouble">Why it cannot be reached, a sentence for whoever runs the system; null when all is well.</param>
public sealed record LogHealth(string Engine, string? Trouble);

/// <summary>
/// Asks the log's engine whether it is there, over a connection of its own (of the pool, on PostgreSQL) and without patience: what the server does meanwhile is put off, and tried again, for longer.
/// </summary>
public sealed class LogProbe : IDisposable
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Holds = TimeSpan.FromSeconds(1); // however many ask

    private readonly NpgsqlDataSource database;
    private readonly Cluster? cluster;
    private readonly string where;
    private readonly Turns turns = new();
    private (DateTime At, LogHealth Health) last;

    /// <summary>Asks nothing yet. The data source stays the caller's.</summary>
    /// <exception cref="LogAwayException">A file of certificates cannot be read.</exception>
    public LogProbe(NpgsqlDataSource database, EventStoreSettings? settings)
    {
        this.database = database;
        cluster = settings is null ? null : new Cluster(settings with { DiscoverAttempts = 1 }, patience: TimeSpan.Zero);
        where = settings is null ? "PostgreSQL" : $"EventStoreDB at {settings.Where}";
    }

    /// <summary>How it does now, or did a second ago. Never fails.</summary>
    public async Task<LogHealth> Look(CancellationToken cancellation = default)
    {
        using var turn = await turns.Take(cancellation);
        if (DateTime.UtcNow - last.At > Holds)
            last = (DateTime.UtcNow, new LogHealth(cluster is null ? "postgresql" : "eventstoredb", await Trouble()));
        return last.Health;
    }

    /// <inheritdoc/>
    public void Dispose() => cluster?.Dispose();

    private async Task<string?> Trouble()
    {
        using var limit = new CancellationTokenSource(AtMost);
        try
        {
            await (cluster is null ? AskDatabase(limit.Token) : cluster.Ask(Pages.Last, endsByItself: false, limit.Token));
            return null;
        }
        catch (Exception failure) when (failure is NpgsqlException or InvalidOperationException)
        {
            return $"{where} does not answer: {failure.Message}";
        }
        catch (IOException failure)
        {
            return failure.Message;
        }
        catch (Exception failure) when (failure is OperationCanceledException or TimeoutException)
        {
            return $"{where} does not answer within {AtMost.TotalSeconds:0} seconds.";
        }
    }

    private async Task AskDatabase(CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select max(seq_id) from log.mt_events");
        await command.ExecuteScalarAsync(cancellation);
    }
}
