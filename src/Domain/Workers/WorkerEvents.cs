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
    /// <param name="Tags">What else it offers; null for nothing.</param>
    /// <param name="Capacity">How many runs it takes at once; null for one.</param>
    public sealed record Announced(
        string Worker, IReadOnlyList<string> Arches, IReadOnlyList<string> Backends, string Software,
        IReadOnlyList<string>? Tags = null, int? Capacity = null) : WorkerEvent
    {
        /// <summary>Whether the other says the same (then there is nothing to store).</summary>
        public bool SaysTheSame(Announced other) => (Worker, Software, Capacity) == (other.Worker, other.Software, other.Capacity)
            && Arches.SequenceEqual(other.Arches) && Backends.SequenceEqual(other.Backends) && (Tags ?? []).SequenceEqual(other.Tags ?? []);
    }

    /// <summary>Somebody wants it to finish what it has and to take nothing more.</summary>
    /// <param name="Worker">Its name.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Drained(string Worker, string? Reason = null) : WorkerEvent;

    /// <summary>It may take runs again.</summary>
    /// <param name="Worker">Its name.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Resumed(string Worker, string? Reason = null) : WorkerEvent;

    /// <summary>Its attempts fail for reasons of the host more often than those of its peers: it is given single runs as a probe only.</summary>
    /// <param name="Worker">Its name.</param>
    /// <param name="Failed">How many of its newest attempts failed so.</param>
    /// <param name="Attempts">How many attempts were looked at.</param>
    /// <param name="PeersFailed">The same of its peers.</param>
    /// <param name="PeersAttempts">The same of its peers.</param>
    public sealed record SetAside(string Worker, int Failed, int Attempts, int PeersFailed, int PeersAttempts) : WorkerEvent;

    /// <summary>It is one among others again.</summary>
    /// <param name="Worker">Its name.</param>
    /// <param name="ByProbe">The run that it passed as a probe; null when an operator decided.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Restored(string Worker, long? ByProbe = null, string? Reason = null) : WorkerEvent;

    private WorkerEvent() { }
}
