using Npgsql;

namespace Debci.EventLog.EventStore;

/// <summary>What has to be there before the log is used: its own word, which is in the log itself, and the table of marks. Made by <c>debci migrate</c>.</summary>
public static class EventStoreNaming
{
    /// <summary>Creates what is missing.</summary>
    /// <exception cref="LogAwayException">The cluster is away, or refuses.</exception>
    /// <exception cref="InvalidOperationException">It holds a log that is still being copied.</exception>
    public static async Task Migrate(EventStoreSettings settings, NpgsqlDataSource database, CancellationToken cancellation = default)
    {
        using var cluster = new Cluster(settings);
        if (await Naming.Read(cluster, cancellation) is not { } there)
            await Naming.Store(cluster, new Naming(Guid.NewGuid().ToString("N")[..8], Copying: false, 0, 0, 0), cancellation);
        else if (there.Copying)
            throw NotWhole(settings);
        await using var command = database.CreateCommand(Marks.Ddl);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The log's own short random word, made when it was migrated first.</summary>
    /// <exception cref="LogAwayException">The cluster is away, or refuses.</exception>
    /// <exception cref="InvalidOperationException">It holds no log yet, or one that is still being copied.</exception>
    public static async Task<string> LogId(EventStoreSettings settings, CancellationToken cancellation = default)
    {
        using var cluster = new Cluster(settings);
        return await Naming.Read(cluster, cancellation) switch
        {
            null => throw new InvalidOperationException($"EventStoreDB at {settings.Where} holds no log yet; run `debci migrate`."),
            { Copying: true } => throw NotWhole(settings),
            var named => named.Id,
        };
    }

    private static InvalidOperationException NotWhole(EventStoreSettings settings) => new($"EventStoreDB at {settings.Where} holds a log that is still being copied; run `debci copy-log` again, to its end.");
}
