using System.Buffers;
using System.Net.WebSockets;
using System.Text.Json;

namespace Debci.Api.GraphQL.Http;

/// <summary>The client broke the protocol: the WebSocket is closed with a code and a reason.</summary>
internal sealed class SocketProtocolException(int code, string reason) : Exception(reason)
{
    public int Code { get; } = code;
}

/// <summary>A message of a client, read as far as all messages are the same.</summary>
internal sealed record SocketMessage(string Type, string? Id, JsonElement Payload);

/// <summary>Reads the messages of one WebSocket, of bounded size.</summary>
internal sealed class SocketReader(WebSocket socket)
{
    private readonly ArrayBufferWriter<byte> bytes = new(4096);

    /// <summary>The next message; null when the client closes.</summary>
    /// <exception cref="SocketProtocolException">It is too large or cannot be read.</exception>
    public async Task<SocketMessage?> Next()
    {
        bytes.ResetWrittenCount();
        while (true)
        {
            var part = await socket.ReceiveAsync(bytes.GetMemory(4096), CancellationToken.None);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            bytes.Advance(part.Count);
            if (bytes.WrittenCount > GraphQLLimits.SocketMessageBytes)
                throw new SocketProtocolException((int)WebSocketCloseStatus.MessageTooBig, $"A message has {GraphQLLimits.SocketMessageBytes} bytes at most; use POST.");
            if (part.MessageType != WebSocketMessageType.Text)
                throw new SocketProtocolException(4400, "Messages are JSON in text frames.");
            if (part.EndOfMessage)
                return Parse();
        }
    }

    /// <summary>Passes over what comes until the client has closed too, so that it can read why the server did.</summary>
    public async Task Drain()
    {
        while ((await socket.ReceiveAsync(bytes.GetMemory(4096), CancellationToken.None)).MessageType != WebSocketMessageType.Close)
        {
        }
    }

    private SocketMessage Parse()
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(bytes.WrittenSpan);
            return new SocketMessage(
                json.GetProperty("type").GetString()!,
                json.TryGetProperty("id", out var id) ? id.GetString() : null,
                json.TryGetProperty("payload", out var payload) ? payload : default);
        }
        catch (Exception bad) when (bad is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw new SocketProtocolException(4400, "A message is a JSON object with a type, and where needed with id and payload.");
        }
    }
}
