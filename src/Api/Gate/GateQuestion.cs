using Debci.Api.Keys;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Gate;

/// <summary>Whose results are meant. Nobody else's count.</summary>
/// <param name="Requester">Account id.</param>
/// <param name="SeesPrivate">Whether the viewer may see this requester's private runs.</param>
public sealed record Whose(string Requester, bool SeesPrivate)
{
    /// <summary>Those of an account, or the caller's own.</summary>
    /// <exception cref="RefusedException">Neither is said: there is no key, and no account is named.</exception>
    public static Whose Of(Caller caller, string? requester) => requester is null && caller.Scopes.Count == 0
        ? throw new RefusedException(RefusalCode.KeyRequired, "Say whose results are meant: send a key, or name the requester's account id.", "requester")
        : new Whose(requester ?? caller.Requester, caller.Viewer.SeesAll || (caller.Scopes.Count > 0 && (requester ?? caller.Requester) == caller.Requester));

    /// <summary>Leaves out what the viewer may not see.</summary>
    public IEnumerable<OutcomeRow> Visible(IEnumerable<OutcomeRow> rows) => SeesPrivate ? rows : rows.Where(r => !r.Private);
}

/// <summary>When a question is answered for.</summary>
/// <param name="Moment">The time by which ages and ends are told, and a position whose events are all known.</param>
/// <param name="IsPast">Whether nothing behind that position is known.</param>
public sealed record GateMoment(Moment Moment, bool IsPast)
{
    /// <summary>The position that evidence ends at; null for now.</summary>
    public long? AsOf => IsPast ? Moment.Position : null;
}

/// <summary>A test that the caller requires.</summary>
/// <param name="Package">The tested source package.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Version">The version that is to be tested; null where the caller does not say.</param>
/// <param name="InTarget">Whether the target suite has this test.</param>
/// <param name="Versions">The package's versions in the suites that matter; null for whichever.</param>
public sealed record RequiredTest(string Package, string Arch, string? Version, bool InTarget, IReadOnlyList<string>? Versions);

/// <summary>A source that wants to migrate.</summary>
/// <param name="Source">Source package.</param>
/// <param name="Version">Its version.</param>
/// <param name="Tests">What is required of it.</param>
public sealed record Candidate(string Source, string Version, IReadOnlyList<RequiredTest> Tests);

/// <summary>How a required test stands, and why.</summary>
/// <param name="Test">The test.</param>
/// <param name="State">How it stands.</param>
/// <param name="Best">The result that counts.</param>
/// <param name="Reference">What it is held against.</param>
/// <param name="PendingRun">The run that is pending; null for none.</param>
/// <param name="Waiver">The waiver that covers it; null for none.</param>
/// <param name="IsWanted">Whether it is to be asked for.</param>
/// <param name="IsReferenceWanted">Whether a reference is to be asked for.</param>
/// <param name="Moment">When that is so.</param>
public sealed record TestVerdict(
    RequiredTest Test, GateState State, Weighed Best, Weighed Reference, long? PendingRun, WaiverRow? Waiver, bool IsWanted, bool IsReferenceWanted, Moment Moment);

/// <summary>What the gate answers for a candidate.</summary>
/// <param name="Candidate">The candidate.</param>
/// <param name="Answer">The answer.</param>
/// <param name="Tests">How each required test stands, in order.</param>
/// <param name="Waiver">The waiver of the candidate; null for none.</param>
/// <param name="Position">What was stored up to this position was known.</param>
public sealed record GateVerdict(Candidate Candidate, GateAnswer Answer, IReadOnlyList<TestVerdict> Tests, WaiverRow? Waiver, long Position);
