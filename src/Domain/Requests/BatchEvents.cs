namespace Debci.Domain;

// STORED CONTRACT: the names and fields below are on disk for ever. Add, never rename or remove.
// Stream: batch-<id>.

/// <summary>What happens to a batch, the set of requests sent at once (one request is a batch too).</summary>
public abstract record BatchEvent
{
    /// <summary>One run was asked for. It counts from its batch's <see cref="Accepted"/>, not before.</summary>
    /// <param name="Run">Which run, of what.</param>
    /// <param name="Requester">Account id of who asks; a retry keeps the first requester.</param>
    /// <param name="Triggers">What caused it, <c>source/version</c> each.</param>
    /// <param name="Pins">Packages from another suite.</param>
    /// <param name="ExtraSources">Names of configured apt sources.</param>
    /// <param name="Priority">1 (last) to 10 (first).</param>
    /// <param name="Backend">The backend it needs, if any.</param>
    /// <param name="RetryOf">The run that this one repeats.</param>
    public sealed record Requested(
        RunKey Run,
        string Requester,
        IReadOnlyList<string> Triggers,
        IReadOnlyList<Pin> Pins,
        IReadOnlyList<string> ExtraSources,
        int Priority,
        string? Backend = null,
        long? RetryOf = null) : BatchEvent;

    /// <summary>The batch is complete: all its runs count from here.</summary>
    /// <param name="Batch">The batch.</param>
    /// <param name="Requester">Account id of who sent it.</param>
    /// <param name="Runs">How many runs it holds.</param>
    public sealed record Accepted(Guid Batch, string Requester, int Runs) : BatchEvent;

    private BatchEvent() { }
}
