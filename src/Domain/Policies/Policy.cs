using System.Collections.Immutable;
using System.Diagnostics;
using static Debci.Domain.PolicyCommand;
using static Debci.Domain.PolicyEvent;

namespace Debci.Domain;

/// <summary>One of the policy streams as it stands: which decisions hold, by what they are about.</summary>
/// <param name="Holding">The keys of what is paused, rejected, quarantined or waived, with the end that it was given.</param>
public sealed record Policy(ImmutableDictionary<string, DateTimeOffset?> Holding)
{
    /// <summary>Before the first decision.</summary>
    public static readonly Policy None = new(ImmutableDictionary<string, DateTimeOffset?>.Empty);

    /// <summary>The next state. Never refuses, never guesses.</summary>
    public static Policy Evolve(Policy policy, PolicyEvent happened) => happened switch
    {
        Paused e => policy.With(Key(e.Kind, e.Name)),
        Unpaused e => policy.Without(Key(e.Kind, e.Name)),
        Rejected e => policy.With(e.Pattern),
        Readmitted e => policy.Without(e.Pattern),
        Quarantined e => policy.With(Key(e.Package, e.Suite, e.Arch, e.Version)),
        QuarantineLifted e => policy.Without(Key(e.Package, e.Suite, e.Arch, e.Version)),
        Waived e => policy.Without(Key(e.Waiver)).With(Key(e.Waiver), e.Waiver.Until),
        WaiverWithdrawn e => policy.Without(Key(e.Waiver)),
        _ => throw new UnreachableException(happened.GetType().Name),
    };

    /// <summary>What happens now; nothing when it is so already.</summary>
    /// <exception cref="RefusedException">What is to be taken back does not hold: the name is probably wrong.</exception>
    public static IReadOnlyList<PolicyEvent> Decide(PolicyCommand command, Policy policy) => command switch
    {
        Pause c => policy.Has(Key(c.Kind, c.Name)) ? [] : [new Paused(c.Kind, c.Name, c.Reason)],
        Unpause c => policy.TakesBack(Key(c.Kind, c.Name), "paused", new Unpaused(c.Kind, c.Name, c.Reason)),
        Reject c => policy.Has(c.Pattern) ? [] : [new Rejected(c.Pattern, c.Reason)],
        Readmit c => policy.TakesBack(c.Pattern, "rejected", new Readmitted(c.Pattern, c.Reason)),
        Quarantine c => policy.Has(KeyOf(c.Finding)) ? [] : [c.Finding],
        LiftQuarantine c => policy.TakesBack(Key(c.Package, c.Suite, c.Arch, c.Version), "in quarantine", new QuarantineLifted(c.Package, c.Suite, c.Arch, c.Version, c.Reason)),
        Waive c => policy.Has(Key(c.Waiver), c.Waiver.Until) ? [] : [new Waived(c.Waiver, c.Reason)],
        WithdrawWaiver c => policy.TakesBack(Key(c.Waiver), "waived", new WaiverWithdrawn(c.Waiver, c.Reason)),
        _ => throw new UnreachableException(command.GetType().Name),
    };

    // Given again with another end, a waiver holds until then.
    private static string Key(Waiver w) => Key(w.Kind, w.Suite, w.Package, w.Version, w.Arch);

    private static string KeyOf(Quarantined e) => Key(e.Package, e.Suite, e.Arch, e.Version);

    // No name holds a blank.
    private static string Key(params object?[] parts) => string.Join(' ', parts);

    private PolicyEvent[] TakesBack(string key, string word, PolicyEvent happens) => Has(key) ? [happens] : throw new RefusedException(RefusalCode.Conflict,
        $"{StoredText.Quote(key.Trim())} is not {word}, so nothing changes; " + (Holding.IsEmpty ? $"nothing is {word}." : $"{word} are: {Told}."));

    // With what shares the first word of a long list at least, whoever looks for a name finds it.
    private string Told => string.Join(", ", Holding.Keys.Order(StringComparer.Ordinal).Take(MostTold).Select(k => k.Trim())) + (Holding.Count > MostTold ? " …" : "");

    private const int MostTold = 20;

    private bool Has(string key) => Holding.ContainsKey(key);

    private bool Has(string key, DateTimeOffset? until) => Holding.TryGetValue(key, out var end) && end == until;

    private Policy With(string key, DateTimeOffset? until = null) => new(Holding.SetItem(key, until));

    private Policy Without(string key) => new(Holding.Remove(key));
}

/// <summary>What operators, or the system on their behalf, decide about runs in general.</summary>
/// <param name="Stream">The stream that holds decisions of this kind.</param>
public abstract record PolicyCommand(string Stream)
{
    /// <summary>Give out no such run.</summary>
    /// <param name="Kind">What kind of name.</param>
    /// <param name="Name">The arch, suite or backend.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Pause(PauseKind Kind, string Name, string? Reason) : PolicyCommand(Streams.Pauses);

    /// <summary>Give them out again.</summary>
    /// <param name="Kind">What kind of name.</param>
    /// <param name="Name">The arch, suite or backend.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Unpause(PauseKind Kind, string Name, string? Reason) : PolicyCommand(Streams.Pauses);

    /// <summary>Refuse requests that match.</summary>
    /// <param name="Pattern">A <see cref="PackagePattern"/>.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Reject(string Pattern, string Reason) : PolicyCommand(Streams.Rejects);

    /// <summary>Take them again.</summary>
    /// <param name="Pattern">The pattern.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Readmit(string Pattern, string? Reason) : PolicyCommand(Streams.Rejects);

    /// <summary>Hold a package's runs.</summary>
    /// <param name="Finding">What was found.</param>
    public sealed record Quarantine(Quarantined Finding) : PolicyCommand(Streams.Quarantine);

    /// <summary>Let them go.</summary>
    /// <param name="Package">Source package.</param>
    /// <param name="Suite">Suite.</param>
    /// <param name="Arch">Debian architecture.</param>
    /// <param name="Version">The version; null for a quarantine of any.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record LiftQuarantine(string Package, string Suite, string Arch, string? Version, string? Reason) : PolicyCommand(Streams.Quarantine);

    /// <summary>Let tests of a package through.</summary>
    /// <param name="Waiver">Which.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record Waive(Waiver Waiver, string Reason) : PolicyCommand(Streams.Waivers);

    /// <summary>Have them count again.</summary>
    /// <param name="Waiver">Which.</param>
    /// <param name="Reason">Hash of the words that say why.</param>
    public sealed record WithdrawWaiver(Waiver Waiver, string? Reason) : PolicyCommand(Streams.Waivers);
}
