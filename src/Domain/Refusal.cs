namespace Debci.Domain;

/// <summary>Why a command was refused. The words are part of the public API: clients branch on them.</summary>
public enum RefusalCode
{
    /// <summary>A field cannot be read or breaks a rule.</summary>
    Invalid,
    /// <summary>The suite is not one of this archive's.</summary>
    UnknownSuite,
    /// <summary>The architecture is not one of this archive's.</summary>
    UnknownArch,
    /// <summary>The backend is not one of this archive's.</summary>
    UnknownBackend,
    /// <summary>No such run, or none that the caller may see.</summary>
    UnknownRun,
    /// <summary>The state of the run (or batch) does not allow it.</summary>
    Conflict,
    /// <summary>The key is missing or unknown.</summary>
    KeyRequired,
    /// <summary>The key lacks the scope.</summary>
    NotAllowed,
    /// <summary>More than the stated limit.</summary>
    TooLarge,
    /// <summary>Not within the time that the server waits; ask again.</summary>
    NotYet,
    /// <summary>The package is on the reject list.</summary>
    Rejected,
    /// <summary>No such worker.</summary>
    UnknownWorker,
    /// <summary>It was there, and is kept no longer.</summary>
    Expired,
}

/// <summary>A refused command: it changed nothing.</summary>
/// <param name="Code">What kind of refusal.</param>
/// <param name="Sentence">One sentence that tells the user what to do.</param>
/// <param name="Path">Where in the input, such as <c>tests[3].package</c>; null when it is the whole of it.</param>
public sealed record Refusal(RefusalCode Code, string Sentence, string? Path = null);

/// <summary>Thrown by deciders and handlers; the surfaces (GraphQL, HTTP, command line) turn it into their typed answer.</summary>
public sealed class RefusedException(Refusal refusal) : Exception(refusal.Sentence)
{
    /// <summary>What to tell the caller.</summary>
    public Refusal Refusal { get; } = refusal;

    /// <summary>Shorthand for the common case of a code and a sentence.</summary>
    public RefusedException(RefusalCode code, string sentence, string? path = null)
        : this(new Refusal(code, sentence, path)) { }
}
