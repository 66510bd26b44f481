namespace Debci.EventLog;

/// <summary>
/// One at a time, or a few. There is nothing to dispose of: a semaphore that is disposed of never wakes those who wait for it, and where a server ends these would hold up
/// whatever waits for them.
/// </summary>
/// <param name="atOnce">How many have their turn at once.</param>
public sealed class Turns(int atOnce = 1)
{
    private SemaphoreSlim Free { get; } = new(atOnce);

    /// <summary>Waits for a turn; dispose of it when it is over.</summary>
    public async Task<Turn> Take(CancellationToken stop = default)
    {
        await Free.WaitAsync(stop);
        return new Turn(Free);
    }

    /// <summary>A turn that somebody has.</summary>
    public readonly struct Turn : IDisposable
    {
        private readonly SemaphoreSlim free;

        internal Turn(SemaphoreSlim free) => this.free = free;

        /// <summary>It is over.</summary>
        public void Dispose() => free.Release();
    }
}
