using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Debci.Api.Keys;
using GraphQL.Transport;

namespace Debci.Api.GraphQL.Http;

/// <summary>One WebSocket's conversation: what the client says, and which of its operations run.</summary>
internal sealed class SocketSession(WebSocket socket, SocketQueue queue, SocketServer server, Caller caller)
{
    private const int Unreadable = 4400;
    private readonly SocketReader reader = new(socket);
    private readonly ConcurrentDictionary<string, SocketOperation> operations = new(StringComparer.Ordinal);
    private int running; // counts also what has still its end to tell
    private Caller caller = caller;
    private volatile bool initialised;
    private bool acknowledged;

    /// <summary>Talks until either side closes; never throws.</summary>
    public async Task Run()
    {
        using var late = new Timer(_ => CloseUninitialised(), null, GraphQLLimits.SocketInit, Timeout.InfiniteTimeSpan);
        var sending = queue.Send();
        await Read();
        foreach (var operation in operations.Values)
            operation.Stop();
        await sending; // which ends, at the latest when the close has waited long enough
    }

    private void CloseUninitialised()
    {
        if (!initialised)
            queue.Close(4408, "Connection initialisation timeout");
    }

    private async Task Read()
    {
        try
        {
            try
            {
                while (await reader.Next() is { } message)
                    await Take(message);
                queue.Close((int)WebSocketCloseStatus.NormalClosure, "");
            }
            catch (SocketProtocolException broken)
            {
                queue.Close(broken.Code, broken.Message);
                await reader.Drain();
            }
            catch (ChannelClosedException)
            {
                await reader.Drain(); // closed from this side
            }
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            queue.Close((int)WebSocketCloseStatus.NormalClosure, "");
        }
    }

    private async Task Take(SocketMessage message)
    {
        switch (message.Type)
        {
            case "connection_init":
                await Initialise(message.Payload);
                break;
            case "ping":
                await queue.Put(SocketAnswer.Of("pong", payload: message.Payload.ValueKind == JsonValueKind.Undefined ? null : message.Payload.GetRawText()));
                break;
            case "pong":
                break;
            case "subscribe":
                await Start(message);
                break;
            case "complete":
                if (operations.TryRemove(IdOf(message), out var operation))
                    operation.Stop();
                break;
            default:
                throw new SocketProtocolException(Unreadable, "There is no message of this type.");
        }
    }

    private async Task Initialise(JsonElement payload)
    {
        if (initialised)
            throw new SocketProtocolException(4429, "Too many initialisation requests");
        initialised = true;
        if (payload.ValueKind is not (JsonValueKind.Object or JsonValueKind.Null or JsonValueKind.Undefined))
            throw new SocketProtocolException(Unreadable, "The payload of connection_init is an object: {\"Authorization\": \"Bearer KEY\"}.");
        if (KeyIn(payload) is { } key)
            caller = await Find(key) ?? throw new SocketProtocolException(4403, "This key is not known here; ask an operator for one.");
        acknowledged = true;
        await queue.Put(SocketAnswer.Of("connection_ack"));
    }

    private async Task<Caller?> Find(string key)
    {
        try
        {
            return await server.Keys.Find(key);
        }
        catch (Exception failure) when (failure is Npgsql.NpgsqlException or TimeoutException)
        {
            throw new SocketProtocolException(1013, "The database does not answer; try again in a moment.");
        }
    }

    private async Task Start(SocketMessage message)
    {
        if (!acknowledged)
            throw new SocketProtocolException(4401, "Unauthorized");
        var id = IdOf(message);
        var request = RequestIn(message.Payload);
        if (operations.ContainsKey(id))
            throw new SocketProtocolException(4409, $"Subscriber for {(id.Length < 40 ? id : "this id")} already exists");
        if (Volatile.Read(ref running) >= GraphQLLimits.SocketOperations)
        {
            var refusal = new RefusedResult(Operations.Refuse(
                "TOO_MANY", $"A connection runs {GraphQLLimits.SocketOperations} operations at a time; complete one, or open another connection."));
            await queue.Put(SocketAnswer.Of("error", id, server.Serializer.Serialize(refusal.Errors)));
            return;
        }
        Interlocked.Increment(ref running);
        var operation = operations[id] = new SocketOperation(
            id, queue, server, new CancellationTokenSource(), o => operations.TryRemove(KeyValuePair.Create(id, o)), () => Interlocked.Decrement(ref running));
        _ = Task.Run(() => operation.Run(request, caller)); // and it never throws
    }

    private GraphQLRequest RequestIn(JsonElement payload)
    {
        try
        {
            if (payload.ValueKind == JsonValueKind.Object && server.Serializer.ReadNode<GraphQLRequest>(payload) is { } request)
                return request;
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or NotSupportedException or FormatException)
        {
            // said below
        }
        throw new SocketProtocolException(Unreadable, "The payload of subscribe is one GraphQL request: {\"query\": \"…\", \"variables\": {…}}.");
    }

    private static string IdOf(SocketMessage message) =>
        message.Id is { Length: > 0 } id ? id : throw new SocketProtocolException(Unreadable, "This message needs an id.");

    private static string? KeyIn(JsonElement payload)
    {
        if (payload.ValueKind != JsonValueKind.Object)
            return null;
        var field = payload.EnumerateObject().FirstOrDefault(p => p.Name.Equals("Authorization", StringComparison.OrdinalIgnoreCase)).Value;
        if (field.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return null;
        return field.ValueKind == JsonValueKind.String && CallerOfRequest.BearerIn(field.GetString()!) is { } key
            ? key
            : throw new SocketProtocolException(4403, "Authorization is Bearer, a blank, and the key.");
    }
}
