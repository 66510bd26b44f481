namespace Debci.Api.Amqp;

/// <summary>
/// The two connections to a broker. One that is short of memory or disk reads nothing more from connections that send: over one for all, it would not hear
/// either that messages were taken, which is what gives it room again.
/// </summary>
internal sealed class Links : IAsyncDisposable
{
    private Links(Link takes, Link gives) => (Takes, Gives) = (takes, gives);

    /// <summary>For messages that come in.</summary>
    public Link Takes { get; }

    /// <summary>For messages that go out.</summary>
    public Link Gives { get; }

    /// <summary>Whether both work.</summary>
    public bool AreOpen => Takes.IsOpen && Gives.IsOpen;

    /// <summary>Why the first of them ended, once it has.</summary>
    public async Task<string> Ended(CancellationToken stop) => await await Task.WhenAny(Takes.Ended, Gives.Ended).WaitAsync(stop);

    /// <summary>Connects both; <see cref="BridgeHealth"/> hears when the broker takes nothing.</summary>
    public static async Task<Links> Connect(AmqpSettings settings, BridgeHealth health, CancellationToken stop)
    {
        var takes = await Link.Connect(settings, stop);
        try
        {
            var links = new Links(takes, await Link.Connect(settings, stop));
            health.Works(BridgeHealth.Sending);
            links.Gives.Connection.ConnectionBlockedAsync += (_, e) => { health.Fails(BridgeHealth.Sending, $"the broker takes nothing just now ({e.Reason}); what waits is sent when it has room again"); return Task.CompletedTask; };
            links.Gives.Connection.ConnectionUnblockedAsync += (_, _) => { health.Works(BridgeHealth.Sending); return Task.CompletedTask; };
            return links;
        }
        catch
        {
            await takes.DisposeAsync();
            throw;
        }
    }

    /// <summary>Ends both at once, whatever goes on over them.</summary>
    public void Break(string why)
    {
        Takes.Break(why);
        Gives.Break(why);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await Task.WhenAll(Takes.DisposeAsync().AsTask(), Gives.DisposeAsync().AsTask());
}
