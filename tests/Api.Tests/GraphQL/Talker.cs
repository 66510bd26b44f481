using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>A client of graphql-transport-ws that says what it is told to, also what is wrong.</summary>
internal sealed class Talker : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private readonly ClientWebSocket socket = new();
    private readonly byte[] bytes = new byte[1 << 20];

    public static async Task<Talker> Connect(Server server, string? key = null, string protocol = "graphql-transport-ws")
    {
        var talker = new Talker();
        talker.socket.Options.AddSubProtocol(protocol);
        if (key is not null)
            talker.socket.Options.SetRequestHeader("Authorization", $"Bearer {key}");
        await talker.socket.ConnectAsync(new UriBuilder(server.Address) { Scheme = "ws", Path = "/graphql" }.Uri, CancellationToken.None);
        return talker;
    }

    /// <summary>Connects and is acknowledged.</summary>
    public static async Task<Talker> Open(Server server, object? payload = null, string? key = null)
    {
        var talker = await Connect(server, key);
        await talker.Say(payload is null ? new { type = "connection_init" } : new { type = "connection_init", payload });
        Assert.Equal("connection_ack", (await talker.Hear()).GetProperty("type").GetString());
        return talker;
    }

    public Task Say(object message) => SayText(JsonSerializer.Serialize(message));

    public Task SayText(string text) => socket.SendAsync(Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, true, CancellationToken.None);

    public Task SayBytes() => socket.SendAsync(new byte[5], WebSocketMessageType.Binary, true, CancellationToken.None);

    public Task Subscribe(string id, string query, object? variables = null) => Say(new { type = "subscribe", id, payload = new { query, variables } });

    /// <summary>The next message.</summary>
    public async Task<JsonElement> Hear() =>
        await Receive() is { } text ? JsonSerializer.Deserialize<JsonElement>(text) : throw new InvalidOperationException($"closed: {socket.CloseStatus} {socket.CloseStatusDescription}");

    /// <summary>The next message, which has that type and id.</summary>
    public async Task<JsonElement> Hear(string type, string id)
    {
        var message = await Hear();
        Assert.Equal((type, id), (message.GetProperty("type").GetString(), message.GetProperty("id").GetString()));
        return message.TryGetProperty("payload", out var payload) ? payload : default;
    }

    /// <summary>The code that the server closes with, and its reason.</summary>
    public async Task<(int Code, string? Reason)> End()
    {
        while (await Receive() is not null)
        {
        }
        return ((int)socket.CloseStatus!.Value, socket.CloseStatusDescription);
    }

    public Task Close() => socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None);

    public ValueTask DisposeAsync()
    {
        socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string?> Receive()
    {
        using var limit = new CancellationTokenSource(Limit);
        var length = 0;
        while (true)
        {
            var part = await socket.ReceiveAsync(bytes.AsMemory(length), limit.Token);
            if (part.MessageType == WebSocketMessageType.Close)
                return null;
            length += part.Count;
            if (part.EndOfMessage)
                return Encoding.UTF8.GetString(bytes, 0, length);
        }
    }
}
