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
    /// <param name="Needs">What else a worker must provide for it: words of <see cref="Routing"/>; null for nothing.</param>
    /// <param name="KeepsOlder">True when older pending runs are not to give way to it; null when they are.</param>
    public sealed record Requested(
        RunKey Run,
        string Requester,
        IReadOnlyList<string> Triggers,
        IReadOnlyList<Pin> Pins,
        IReadOnlyList<string> ExtraSources,
        int Priority,
        string? Backend = null,
        long? RetryOf = null,
        IReadOnlyList<string>? Needs = null,
        bool? KeepsOlder = null) : BatchEvent;

    /// <summary>The same was asked for before and is not over: the request goes with that run, which gets the higher priority of the two.</summary>
    /// <param name="Run">The run that was there.</param>
    /// <param name="Requester">Account id of who asks.</param>
    /// <param name="Priority">The priority that this request asks for.</param>
    /// <param name="Item">The request's <see cref="TestRequest.Digest"/>, by which a repetition is recognised.</param>
    public sealed record Joined(RunKey Run, string Requester, int Priority, string Item) : BatchEvent;

    /// <summary>One request of a batch was refused, and its requester wanted the others all the same.</summary>
    /// <param name="Package">Source package as asked for; shortened where it is too long for a name.</param>
    /// <param name="Suite">Suite as asked for.</param>
    /// <param name="Arch">Debian architecture as asked for.</param>
    /// <param name="Code">What kind of refusal.</param>
    /// <param name="Message">The refusal's sentence.</param>
    /// <param name="Path">Where in the input.</param>
    /// <param name="Item">The request's <see cref="TestRequest.Digest"/>.</param>
    public sealed record ItemRefused(
        string Package, string Suite, string Arch, RefusalCode Code, string Message, string? Path, string Item) : BatchEvent;

    /// <summary>The batch is complete: all its runs count from here.</summary>
    /// <param name="Batch">The batch.</param>
    /// <param name="Requester">Account id of who sent it.</param>
    /// <param name="Runs">How many runs it asks for: those that it made and those that it joined.</param>
    public sealed record Accepted(Guid Batch, string Requester, int Runs) : BatchEvent;

    /// <summary>
    /// The batch stood still before its end, for long or while another one was asked for the same: nothing of it counts. Sent again, it begins anew behind this.
    /// </summary>
    /// <param name="Batch">The batch.</param>
    /// <param name="By">The batch that went on without it; all zeros when it was cleared away.</param>
    public sealed record GivenUp(Guid Batch, Guid By) : BatchEvent;

    private BatchEvent() { }
}
