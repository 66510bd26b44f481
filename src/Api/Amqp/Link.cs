using RabbitMQ.Client;

namespace Debci.Api.Amqp;

/// <summary>
/// One connection to a broker, which ends when it is told to. The client library's own end waits for much: for handlers, for the broker's word, for itself,
/// and some of its versions do so for ever. A connection that hangs keeps its messages from everybody else, since its heart goes on beating. So what has not
/// ended after a while loses its socket: then the broker gives the messages to others.
/// </summary>
internal sealed class Link : IAsyncDisposable
{
    /// <summary>How long what is told to end may take: some round trips to a broker or a database that is slow.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly TaskCompletionSource<string> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITcpClient socket;
    private volatile bool isBlocked;

    private Link(IConnection connection, ITcpClient socket) => (Connection, this.socket) = (connection, socket);

    /// <summary>The library's connection.</summary>
    public IConnection Connection { get; }

    /// <summary>Why it ended, once it has.</summary>
    public Task<string> Ended => ended.Task;

    /// <summary>Whether it works.</summary>
    public bool IsOpen => Connection.IsOpen && !ended.Task.IsCompleted;

    /// <summary>Connects to the first node that answers.</summary>
    public static async Task<Link> Connect(AmqpSettings settings, CancellationToken stop)
    {
        ITcpClient? socket = null; // the last one that is made is the one that has connected
        var connection = await Broker.Connect(settings, family => socket = ConnectionFactoryBase.DefaultSocketFactory(family), stop);
        var link = new Link(connection, socket!);
        connection.ConnectionBlockedAsync += (_, _) => { link.isBlocked = true; return Task.CompletedTask; };
        connection.ConnectionUnblockedAsync += (_, _) => { link.isBlocked = false; return Task.CompletedTask; };
        connection.ConnectionShutdownAsync += (_, e) => { link.ended.TrySetResult(e.ReplyText); return Task.CompletedTask; };
        if (connection.CloseReason is { } closed)
            link.ended.TrySetResult(closed.ReplyText);
        return link;
    }

    /// <summary>A channel of its own for somebody.</summary>
    /// <param name="confirms">Whether a publication ends with the broker's word that it has it.</param>
    /// <param name="atOnce">How many messages are handled at once.</param>
    /// <param name="stop">Ends the wait for the broker.</param>
    public async Task<LinkChannel> Open(bool confirms, ushort atOnce, CancellationToken stop)
    {
        try
        {
            return new(this, await Connection.CreateChannelAsync(new CreateChannelOptions(confirms, confirms, consumerDispatchConcurrency: atOnce), stop));
        }
        catch (Exception late) when (late is TimeoutException or OperationCanceledException && !stop.IsCancellationRequested)
        {
            BreakUnlessBlocked("a channel did not open in time"); // half of it may be open, and nobody has it
            throw;
        }
    }

    /// <summary>Ends it, unless it is only that the broker reads nothing just now: then what is asked of it is done when it has room again, and what was published is not to be sent twice.</summary>
    public void BreakUnlessBlocked(string why)
    {
        if (!isBlocked)
            Break(why);
    }

    /// <summary>Ends it at once, whatever the library is busy with.</summary>
    public void Break(string why)
    {
        ended.TrySetResult(why);
        socket.Dispose();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Ends(Connection.DisposeAsync().AsTask());
        Break("the connection was ended");
    }

    /// <summary>Waits for something to end, with patience; false when it takes too long, and may take for ever. How it ends is nobody's business any more.</summary>
    public static async Task<bool> Ends(Task something)
    {
        await Task.WhenAny(something, Task.Delay(Patience));
        return something.IsCompleted;
    }
}

/// <summary>A channel that ends when it is told to, if need be together with its link.</summary>
internal sealed class LinkChannel(Link link, IChannel channel) : IAsyncDisposable
{
    /// <summary>The library's channel.</summary>
    public IChannel Channel => channel;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!await Link.Ends(channel.DisposeAsync().AsTask()))
            link.BreakUnlessBlocked("a channel did not end in time");
    }
}
