using System.Net.WebSockets;
using Debci.Api.Keys;
using GraphQL;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// graphql-transport-ws, the protocol of the npm package graphql-ws: queries, mutations and subscriptions over one WebSocket.
/// The key comes with the upgrade's header or, since browsers cannot set one, with <c>connection_init</c>.
/// </summary>
/// <remarks>
/// Pages of any origin may connect. A browser adds no secret of its own here (there are no cookies), so a foreign page without a key reads
/// what everybody may read, and one with a key has been given it.
/// </remarks>
public sealed class GraphQLSocket(Operations operations, AccessKeys keys, IGraphQLTextSerializer serializer, IHostApplicationLifetime lifetime)
{
    /// <summary>The sub-protocol that clients ask for.</summary>
    public const string Protocol = "graphql-transport-ws";

    /// <summary>Serves one WebSocket until either side closes it.</summary>
    public async Task Serve(HttpContext http)
    {
        var known = http.WebSockets.WebSocketRequestedProtocols.Contains(Protocol);
        using var socket = await http.WebSockets.AcceptWebSocketAsync(known ? Protocol : null);
        using var queue = new SocketQueue(socket);
        var session = new SocketSession(socket, queue, new SocketServer(operations, keys, serializer, http.RequestServices), http.Caller());
        if (!known)
            queue.Close(4406, $"Ask for the sub-protocol {Protocol}.");
        using var stopping = lifetime.ApplicationStopping.Register(() => queue.Close((int)WebSocketCloseStatus.EndpointUnavailable, "The server stops; connect again."));
        await session.Run();
    }
}

/// <summary>What a WebSocket needs of the server.</summary>
internal sealed record SocketServer(Operations Operations, AccessKeys Keys, IGraphQLTextSerializer Serializer, IServiceProvider Services);
