using System.Threading.Channels;

namespace Debci.Api.GraphQL;

/// <summary>
/// How far a subscription may run ahead of its client. Observables push and do not wait; with this the source waits until the
/// transport has sent what came before, so that a client that catches up on a million changes gets them as fast as it reads, and
/// nothing piles up in between. What happens meanwhile waits in the live feed, whose bound decides when a reader is too slow.
/// </summary>
public sealed class Pace
{
    /// <summary>Results that may be on their way to one client.</summary>
    public const int Ahead = 256;

    private Channel<bool> underWay = Channel.CreateBounded<bool>(Ahead); // a semaphore that nobody has to dispose of

    /// <summary>Lets fewer results be on their way, for a subscription whose results are large. To be called before its source begins.</summary>
    public void Narrow(int ahead) => underWay = Channel.CreateBounded<bool>(ahead);

    /// <summary>Waits for room for one more result.</summary>
    public ValueTask Wait(CancellationToken stop) => underWay.Writer.WriteAsync(true, stop);

    /// <summary>The transport has sent one.</summary>
    public void Sent() => underWay.Reader.TryRead(out _);
}
