using System.Net.WebSockets;
using System.Text;
using System.Threading.Channels;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// What is to be sent over one WebSocket, in order; one sender, since a WebSocket takes one message at a time. Bounded: whatever is to be
/// said waits for room, so that a client that does not read is not read from either.
/// </summary>
internal sealed class SocketQueue : IDisposable
{
    private static readonly TimeSpan CloseLimit = TimeSpan.FromSeconds(5);
    private readonly WebSocket socket;
    private readonly Channel<string> messages = Channel.CreateBounded<string>(GraphQLLimits.SocketQueueMessages);
    private readonly CancellationTokenSource limit = new();
    private (int Code, string Reason)? end;

    public SocketQueue(WebSocket socket)
    {
        this.socket = socket;
        limit.Token.Register(socket.Abort); // whoever does not answer a close is not waited for
    }

    /// <summary>Queues a message as soon as there is room.</summary>
    /// <exception cref="ChannelClosedException">The WebSocket is closed.</exception>
    public ValueTask Put(string message) => messages.Writer.WriteAsync(message);

    /// <summary>Closes the WebSocket behind the message that is being sent. The first reason counts.</summary>
    public void Close(int code, string reason)
    {
        lock (messages)
        {
            if (end is not null)
                return;
            end = (code, reason);
        }
        messages.Writer.TryComplete();
        limit.CancelAfter(CloseLimit);
    }

    /// <summary>Sends until the close.</summary>
    public async Task Send()
    {
        try
        {
            await foreach (var message in messages.Reader.ReadAllAsync())
            {
                if (end is not null)
                    break;
                await socket.SendAsync(Encoding.UTF8.GetBytes(message), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
            }
            await socket.CloseOutputAsync((WebSocketCloseStatus)end!.Value.Code, end.Value.Reason, CancellationToken.None);
        }
        catch (Exception gone) when (gone is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            Close((int)WebSocketCloseStatus.NormalClosure, ""); // the client left; whoever still has something to say learns it
        }
    }

    public void Dispose() => limit.Dispose();
}
