namespace Debci.Api.GraphQL;

/// <summary>
/// How far a subscription may run ahead of its client. Observables push and do not wait; with this the source waits until the
/// transport has sent what came before, so that a client that catches up on a million changes gets them as fast as it reads, and
/// nothing piles up in between. What happens meanwhile waits in the live feed, whose bound decides when a reader is too slow.
/// </summary>
public sealed class Pace : IDisposable
{
    private readonly SemaphoreSlim room = new(Ahead);

    /// <summary>Results that may be on their way to one client.</summary>
    public const int Ahead = 256;

    /// <summary>Waits for room for one more result.</summary>
    public Task Wait(CancellationToken stop) => room.WaitAsync(stop);

    /// <summary>The transport has sent one.</summary>
    public void Sent() => room.Release();

    /// <inheritdoc/>
    public void Dispose() => room.Dispose();
}
