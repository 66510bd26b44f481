namespace Debci.Domain;

// STORED CONTRACT: the names and fields below are on disk for ever. Add, never rename or remove.
// Stream: sources-<suite>.

/// <summary>What whoever follows an archive tells of its source packages. Of one that nothing was told of, it is taken that it is there.</summary>
public abstract record SourceEvent
{
    /// <summary>The suite does not have it any more: what came of its tests is history, and no current result.</summary>
    /// <param name="Suite">Suite.</param>
    /// <param name="Package">Source package.</param>
    public sealed record Removed(string Suite, string Package) : SourceEvent;

    /// <summary>The suite has it again.</summary>
    /// <param name="Suite">Suite.</param>
    /// <param name="Package">Source package.</param>
    public sealed record Returned(string Suite, string Package) : SourceEvent;

    private SourceEvent() { }
}
