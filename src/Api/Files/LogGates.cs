namespace Debci.Api.Files;

/// <summary>
/// For each log that somebody writes or follows right now: whose turn it is, and a signal when it has grown.
/// A gate lives as long as somebody holds it, so that memory is bounded by the callers of the moment.
/// </summary>
public sealed class LogGates
{
    private readonly Dictionary<string, Gate> gates = new(StringComparer.Ordinal);

    /// <summary>How many gates are held.</summary>
    public int Count
    {
        get
        {
            lock (gates)
                return gates.Count;
        }
    }

    /// <summary>The gate of a log; dispose of it.</summary>
    public Held Hold(string folder)
    {
        lock (gates)
        {
            if (!gates.TryGetValue(folder, out var gate))
                gates.Add(folder, gate = new Gate());
            gate.Holders++;
            return new Held(this, folder, gate);
        }
    }

    private void Leave(string folder, Gate gate)
    {
        lock (gates)
        {
            if (--gate.Holders > 0)
                return;
            gates.Remove(folder);
            gate.Dispose();
        }
    }

    /// <summary>A gate that somebody holds.</summary>
    public sealed class Held : IDisposable
    {
        private readonly LogGates owner;
        private readonly string folder;
        private readonly Gate gate;

        internal Held(LogGates owner, string folder, Gate gate) => (this.owner, this.folder, this.gate) = (owner, folder, gate);

        /// <summary>Ends at the next growth after this call. Take it first and look at the log then: nothing is missed.</summary>
        public Task NextGrowth => Volatile.Read(ref gate.Grown).Task;

        /// <summary>Does something while nobody else does, with this log.</summary>
        public async Task<T> InTurn<T>(Func<Task<T>> work, CancellationToken stop)
        {
            await gate.Turn.WaitAsync(stop);
            try
            {
                return await work();
            }
            finally
            {
                gate.Turn.Release();
            }
        }

        /// <summary>Wakes who waits for growth.</summary>
        public void SayGrown() => Interlocked.Exchange(ref gate.Grown, NewSignal()).SetResult();

        /// <summary>Lets go.</summary>
        public void Dispose() => owner.Leave(folder, gate);
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal sealed class Gate : IDisposable
    {
        public readonly SemaphoreSlim Turn = new(1, 1);
        public TaskCompletionSource Grown = NewSignal();
        public int Holders;

        public void Dispose() => Turn.Dispose();
    }
}
