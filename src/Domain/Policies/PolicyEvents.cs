namespace Debci.Domain;

// STORED CONTRACT: the names and fields below are on disk for ever. Add, never rename or remove.
// Streams: policy-pauses, policy-rejects, policy-quarantine, policy-waivers.

/// <summary>What can be paused.</summary>
public enum PauseKind
{
    /// <summary>All runs on a Debian architecture.</summary>
    Arch,
    /// <summary>All runs in a suite.</summary>
    Suite,
    /// <summary>A backend of autopkgtest, on all workers.</summary>
    Backend,
}

/// <summary>What operators decide about runs in general. Who is in the envelope; why is a text known by its hash.</summary>
public abstract record PolicyEvent
{
    /// <summary>No run of this kind is given out from now on.</summary>
    /// <param name="Kind">What kind of name.</param>
    /// <param name="Name">The arch, suite or backend.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Paused(PauseKind Kind, string Name, string? Reason = null) : PolicyEvent;

    /// <summary>They are given out again.</summary>
    /// <param name="Kind">What kind of name.</param>
    /// <param name="Name">The arch, suite or backend.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Unpaused(PauseKind Kind, string Name, string? Reason = null) : PolicyEvent;

    /// <summary>Requests that match are refused from now on.</summary>
    /// <param name="Pattern">A <see cref="PackagePattern"/>.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Rejected(string Pattern, string Reason) : PolicyEvent;

    /// <summary>They are taken again.</summary>
    /// <param name="Pattern">The pattern.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record Readmitted(string Pattern, string? Reason = null) : PolicyEvent;

    /// <summary>Its runs were abandoned again and again: further ones are held until an operator lifts it.</summary>
    /// <param name="Package">Source package.</param>
    /// <param name="Suite">Suite.</param>
    /// <param name="Arch">Debian architecture.</param>
    /// <param name="Runs">The abandoned runs that led to it.</param>
    /// <param name="Version">The version that they were to test; null when no trigger named it, and then any version is held.</param>
    public sealed record Quarantined(string Package, string Suite, string Arch, IReadOnlyList<long> Runs, string? Version = null) : PolicyEvent;

    /// <summary>They are given out again.</summary>
    /// <param name="Package">Source package.</param>
    /// <param name="Suite">Suite.</param>
    /// <param name="Arch">Debian architecture.</param>
    /// <param name="Version">The version; null as in <see cref="Quarantined"/>.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record QuarantineLifted(string Package, string Suite, string Arch, string? Version = null, string? Reason = null) : PolicyEvent;

    /// <summary>Tests of a package do not count at a gate from now on.</summary>
    /// <param name="Waiver">Which, and until when.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Waived(Waiver Waiver, string Reason) : PolicyEvent;

    /// <summary>They count again.</summary>
    /// <param name="Waiver">The waiver, as it was given; its end does not matter.</param>
    /// <param name="Reason">Hash of the words that say why, if any were said.</param>
    public sealed record WaiverWithdrawn(Waiver Waiver, string? Reason = null) : PolicyEvent;

    private PolicyEvent() { }
}
