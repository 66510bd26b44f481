using System.Collections.Concurrent;

namespace Debci.EventLog;

/// <summary>All who wait in this process for one kind of signal.</summary>
internal sealed class WakeUps
{
    private readonly ConcurrentDictionary<WakeUp, byte> waiting = new();

    /// <summary>One more who waits; it hears every signal from now on, until it is disposed of.</summary>
    public IWakeUp Add()
    {
        var wakeUp = new WakeUp(this);
        waiting.TryAdd(wakeUp, 0);
        return wakeUp;
    }

    public void WakeAll()
    {
        foreach (var wakeUp in waiting.Keys)
            wakeUp.Wake();
    }

    private sealed class WakeUp(WakeUps all) : IWakeUp
    {
        private readonly SemaphoreSlim due = new(0, 1);

        public void Wake()
        {
            try
            {
                due.Release();
            }
            catch (SemaphoreFullException)
            {
                // One is waiting already; signals that come while nobody waits are one.
            }
        }

        public Task Wait(TimeSpan atMost, CancellationToken cancellation = default) => due.WaitAsync(atMost, cancellation);

        public ValueTask DisposeAsync()
        {
            all.waiting.TryRemove(this, out _);
            return ValueTask.CompletedTask;
        }
    }
}
