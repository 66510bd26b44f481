namespace Debci.Domain;

// STORED CONTRACT: the names and fields below are on disk for ever. Add, never rename or remove.
// Stream: worker-<name>.

/// <summary>What happens to a worker. That it is alive is not an event: its leases and its last call tell.</summary>
public abstract record WorkerEvent
{
    /// <summary>A worker came, or came back able to do something else.</summary>
    /// <param name="Worker">Its name.</param>
    /// <param name="Arches">Architectures that it can test.</param>
    /// <param name="Backends">Backends that it offers, in its own order of preference.</param>
    /// <param name="Software">Name and version of the program, for operators.</param>
    public sealed record Announced(
        string Worker, IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, string Software) : WorkerEvent
    {
        /// <summary>Whether the other says the same (then there is nothing to store).</summary>
        public bool SaysTheSame(Announced other) => (Worker, Software) == (other.Worker, other.Software)
            && Arches.SequenceEqual(other.Arches) && Backends.SequenceEqual(other.Backends);
    }

    private WorkerEvent() { }
}
