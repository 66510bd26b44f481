using System.Net.Sockets;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Debci.Api.Amqp;

/// <summary>Connections to the broker.</summary>
internal static class Broker
{
    // The most that RabbitMQ takes as one message, however it is configured: none is too large to be received, and so to be refused.
    private const uint LargestMessage = 512 << 20;

    /// <summary>Connects to the first node that answers. What becomes of the connection later is the caller's business: nothing reconnects by itself.</summary>
    /// <param name="settings">Where the nodes are.</param>
    /// <param name="socket">Makes the socket, once for each try.</param>
    /// <param name="stop">Ends it.</param>
    public static async Task<IConnection> Connect(AmqpSettings settings, Func<AddressFamily, ITcpClient> socket, CancellationToken stop)
    {
        Exception? last = null;
        foreach (var address in settings.Brokers)
        {
            var factory = new ConnectionFactory
            {
                Uri = new Uri(address), ClientProvidedName = "debci", AutomaticRecoveryEnabled = false, TopologyRecoveryEnabled = false,
                RequestedHeartbeat = TimeSpan.FromSeconds(20), RequestedConnectionTimeout = TimeSpan.FromSeconds(10), MaxInboundMessageBodySize = LargestMessage,
                SocketFactory = socket,
            };
            try
            {
                return await factory.CreateConnectionAsync(stop);
            }
            catch (Exception failure) when (IsFailure(failure) && !stop.IsCancellationRequested)
            {
                last = failure;
            }
        }
        throw last!;
    }

    /// <summary>Whether the client library takes an address: with two slashes behind the host, for one, it does not, and says so only when it is to connect.</summary>
    public static bool IsAddress(string address)
    {
        if (!Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            return false;
        try
        {
            return new ConnectionFactory { Uri = uri }.HostName.Length > 0;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>Whether the broker knows a queue. One whose node is away is known, too.</summary>
    public static async Task<bool> Has(Link link, string queue, CancellationToken stop)
    {
        await using var open = await link.Open(confirms: false, atOnce: 1, stop); // which ends when there is none
        try
        {
            await open.Channel.QueueDeclarePassiveAsync(queue, stop);
            return true;
        }
        catch (OperationInterruptedException refused) when (refused.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return !refused.ShutdownReason.ReplyText.Contains("no queue", StringComparison.Ordinal);
        }
    }

    /// <summary>Declares a durable queue. What is wrong with one that is there is told by the part that takes from it.</summary>
    public static async Task MakeSure(Link link, string queue, bool quorum, CancellationToken stop)
    {
        await using var open = await link.Open(confirms: false, atOnce: 1, stop);
        try
        {
            var kind = quorum ? new Dictionary<string, object?> { ["x-queue-type"] = "quorum" } : null;
            await open.Channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, kind, cancellationToken: stop);
        }
        catch (OperationInterruptedException)
        {
            // It is of another kind, or not ours to declare.
        }
    }

    /// <summary>Whether a failure is the broker's, or of the way there: then it is tried again.</summary>
    public static bool IsFailure(Exception failure) =>
        failure is RabbitMQClientException or IOException or SocketException or TimeoutException or OperationCanceledException or ObjectDisposedException;

    /// <summary>What to say of it: the innermost sentence, which names the cause.</summary>
    public static string Words(Exception failure)
    {
        while (failure.InnerException is { } inner)
            failure = inner;
        return failure is OperationCanceledException ? "it does not answer in time" : failure.Message.ReplaceLineEndings(" ");
    }
}

/// <summary>How long to wait before the next try: from half a second up to ten seconds, longer each time.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan Least = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan Most = TimeSpan.FromSeconds(10);
    private TimeSpan next = Least;

    /// <summary>Waits; ends at once when it is time to stop.</summary>
    public async Task Wait(CancellationToken stop)
    {
        await Task.Delay(next * (0.75 + (Random.Shared.NextDouble() / 2)), stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        next = next * 2 < Most ? next * 2 : Most;
    }

    /// <summary>It worked.</summary>
    public void Begin() => next = Least;
}
