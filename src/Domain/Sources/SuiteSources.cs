using System.Collections.Immutable;
using System.Diagnostics;

namespace Debci.Domain;

/// <summary>Which source packages have left a suite.</summary>
/// <param name="Removed">Their names.</param>
public sealed record SuiteSources(ImmutableHashSet<string> Removed)
{
    /// <summary>Before anything was told.</summary>
    public static readonly SuiteSources Complete = new(ImmutableHashSet<string>.Empty);

    /// <summary>The next state. Never refuses, never guesses.</summary>
    public static SuiteSources Evolve(SuiteSources sources, SourceEvent happened) => happened switch
    {
        SourceEvent.Removed e => new(sources.Removed.Add(e.Package)),
        SourceEvent.Returned e => new(sources.Removed.Remove(e.Package)),
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <summary>What happens now; nothing for what is so already. Who is told as removed and as returned at once is there.</summary>
    public static IReadOnlyList<SourceEvent> Decide(TellSources command, SuiteSources sources) =>
    [
        .. command.Removed.Distinct().Except(command.Returned).Where(p => !sources.Removed.Contains(p)).Select(p => new SourceEvent.Removed(command.Suite, p)),
        .. command.Returned.Distinct().Where(sources.Removed.Contains).Select(p => new SourceEvent.Returned(command.Suite, p)),
    ];
}

/// <summary>Tells which source packages a suite has lost, and which it has again.</summary>
/// <param name="Suite">Suite.</param>
/// <param name="Removed">Source packages that are not there any more.</param>
/// <param name="Returned">Source packages that are there.</param>
public sealed record TellSources(string Suite, IReadOnlyList<string> Removed, IReadOnlyList<string> Returned)
{
    /// <summary>One call tells of at most this many: all of them fit one append.</summary>
    public const int Most = 1_000;

    /// <summary>The first thing wrong with it; null when it can be obeyed.</summary>
    /// <param name="archive">The suites that exist.</param>
    public Refusal? Check(Archive archive) => archive.CheckSuite(Suite, "suite")
        ?? (Removed.Count + Returned.Count > Most ? new Refusal(RefusalCode.TooLarge, $"One call takes at most {Most} packages; this one has {Removed.Count + Returned.Count}.") : null)
        ?? CheckNames(Removed, "removed") ?? CheckNames(Returned, "returned");

    private static Refusal? CheckNames(IReadOnlyList<string> names, string path) => names.FirstOrDefault(n => !Names.IsPackage(n)) is { } bad
        ? new Refusal(RefusalCode.Invalid, $"{StoredText.Quote(bad)} is no source package name: use lower case letters, digits, + - and .", path) : null;
}
