using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Debci.Api.Amqp;

/// <summary>
/// The two connections to a broker. One that is short of memory or disk reads nothing more from connections that send: over one for all, it would not hear
/// either that messages were taken, which is what gives it room again.
/// </summary>
internal sealed class Links : IAsyncDisposable
{
    private Links(IConnection takes, IConnection gives) => (Takes, Gives) = (takes, gives);

    /// <summary>For messages that come in.</summary>
    public IConnection Takes { get; }

    /// <summary>For messages that go out.</summary>
    public IConnection Gives { get; }

    /// <summary>Connects both; <see cref="BridgeHealth"/> hears when the broker takes nothing.</summary>
    public static async Task<Links> Connect(AmqpSettings settings, BridgeHealth health, CancellationToken stop)
    {
        var takes = await Broker.Connect(settings, stop);
        try
        {
            var links = new Links(takes, await Broker.Connect(settings, stop));
            health.Works(BridgeHealth.Sending);
            links.Gives.ConnectionBlockedAsync += (_, e) => { health.Fails(BridgeHealth.Sending, $"the broker takes nothing just now ({e.Reason}); what waits is sent when it has room again"); return Task.CompletedTask; };
            links.Gives.ConnectionUnblockedAsync += (_, _) => { health.Works(BridgeHealth.Sending); return Task.CompletedTask; };
            return links;
        }
        catch
        {
            await takes.DisposeAsync();
            throw;
        }
    }

    /// <summary>When one of them ends.</summary>
    public event AsyncEventHandler<ShutdownEventArgs> Ended
    {
        add { Takes.ConnectionShutdownAsync += value; Gives.ConnectionShutdownAsync += value; }
        remove { Takes.ConnectionShutdownAsync -= value; Gives.ConnectionShutdownAsync -= value; }
    }

    /// <summary>Why one of them has ended; null while both work.</summary>
    public ShutdownEventArgs? CloseReason => Takes.CloseReason ?? Gives.CloseReason;

    /// <summary>Whether both work.</summary>
    public bool AreOpen => Takes.IsOpen && Gives.IsOpen;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Takes.DisposeAsync();
        await Gives.DisposeAsync();
    }
}
