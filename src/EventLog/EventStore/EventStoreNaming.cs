using System.Text.Json.Nodes;
using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;
using Npgsql;

namespace Debci.EventLog.EventStore;

/// <summary>What has to be there before the log is used: its own word, which is in the log itself, and the table of marks. Made by <c>debci migrate</c>.</summary>
public static class EventStoreNaming
{
    /// <summary>Creates what is missing.</summary>
    /// <exception cref="LogAwayException">The cluster is away, or refuses.</exception>
    public static async Task Migrate(EventStoreSettings settings, NpgsqlDataSource database, CancellationToken cancellation = default)
    {
        using var cluster = new Cluster(settings);
        if (await Read(cluster, cancellation) is null)
            await Name(cluster, cancellation); // whoever else does so at once is first or second; the word is the first one's
        await using var command = database.CreateCommand(Marks.Ddl);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The log's own short random word, made when it was migrated first.</summary>
    /// <exception cref="LogAwayException">The cluster is away, refuses, or holds no log yet.</exception>
    public static async Task<string> LogId(EventStoreSettings settings, CancellationToken cancellation = default)
    {
        using var cluster = new Cluster(settings);
        return await Read(cluster, cancellation) ?? throw new LogAwayException($"EventStoreDB at {settings.Where} holds no log yet; run `debci migrate`.");
    }

    private static Task<AppendResp> Name(Cluster cluster, CancellationToken cancellation)
    {
        var word = Guid.NewGuid().ToString("N")[..8];
        var data = System.Text.Encoding.UTF8.GetBytes(new JsonObject { ["id"] = word }.ToJsonString());
        var naming = new Appending(Wire.NamingStream, 0, [], [Wire.Proposed(Guid.NewGuid(), Wire.NamingType, data, [])]);
        return cluster.Ask(naming.Send, endsByItself: true, cancellation);
    }

    private static Task<string?> Read(Cluster cluster, CancellationToken cancellation) => cluster.Ask(async (client, options) =>
    {
        using var call = client.Read(Wire.Read(new() { Stream = new() { StreamIdentifier = Wire.Stream(Wire.NamingStream), Start = new() }, Count = 1 }), options);
        await foreach (var response in call.ResponseStream.ReadAllAsync(options.CancellationToken))
            if (response.Event?.Event is { } stored)
                return (string?)JsonNode.Parse(stored.Data.Span)?["id"];
        return null;
    }, endsByItself: false, cancellation);
}
