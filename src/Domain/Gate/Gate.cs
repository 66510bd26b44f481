namespace Debci.Domain;

/// <summary>
/// britney's decision as a table (its policies/autopkgtest.py, of 2023-09): from results, references and waivers to the state of a test,
/// and from these to one answer. What is not known never lets anything through.
/// </summary>
public static class Gate
{
    /// <summary>
    /// The result of a test that counts: the best one, and of equal ones the newest. A later failure undoes no pass, unless that is old by
    /// then. Each result is held against what counted before, as britney does, which runs between any two of them.
    /// </summary>
    /// <remarks>
    /// When a version left the suites is not known. It was there while it was tested; where it is gone now and another one is tested, it is
    /// taken to have been gone by then.
    /// </remarks>
    /// <param name="runs">Runs of one package on one architecture for one trigger, in no order.</param>
    /// <param name="package">The tested package.</param>
    /// <param name="trigger">What it was tested for.</param>
    /// <param name="versions">The package's versions in the suites that matter; null when the caller does not say, and then none is old.</param>
    public static Weighed Best(IEnumerable<GateRun> runs, string package, Trigger trigger, IReadOnlyCollection<string>? versions) => runs
        .Where(r => r.Status != Status.Tmpfail && !IsBehind(r, package, trigger))
        .OrderBy(r => r.At).ThenBy(r => r.Position)
        .Aggregate((GateRun?)null, (best, r) => best is null || Worth(r.Status, current: true) <= Worth(best.Status, best.Version == r.Version || IsKnown(best.Version, versions)) ? r : best)
        is { } run ? new Weighed(Worth(run.Status, IsKnown(run.Version, versions)), run) : Weighed.Nothing;

    /// <summary>The reference: of the runs in the target suite alone the newest one, whatever came of those before.</summary>
    /// <param name="runs">Runs with the trigger <c>migration-reference/0</c>, in no order.</param>
    /// <param name="versions">As in <see cref="Best"/>.</param>
    /// <param name="options">How old it may be.</param>
    /// <param name="now">The time of asking.</param>
    public static Weighed Reference(IEnumerable<GateRun> runs, IReadOnlyCollection<string>? versions, GateOptions options, DateTimeOffset now) => runs
        .Where(r => r.Status != Status.Tmpfail).OrderByDescending(r => r.At).ThenByDescending(r => r.Position).Take(1)
        .Select(r => new Weighed(Worth(r.Status, !IsOlderThan(r.At, options.ReferenceMaxAgeDays, now) && IsKnown(r.Version, versions)), r))
        .FirstOrDefault() ?? Weighed.Nothing;

    /// <summary>What a failure is held against where whatever was there before counts: the best that the package has had on the architecture, for any trigger.</summary>
    public static GateResult Ever(bool passed, bool neutral) => passed ? GateResult.Pass : neutral ? GateResult.Neutral : GateResult.Fail;

    /// <summary>The state of a required test.</summary>
    public static GateState StateOf(GateCase c, GateOptions options) => (c.Best.Result, c) switch
    {
        (GateResult.Pass, _) => GateState.Pass,
        (GateResult.Neutral, _) => GateState.Neutral,
        (GateResult.OldPass, _) => GateState.OldPass,
        (GateResult.OldNeutral, _) => GateState.OldNeutral,
        (GateResult.Fail or GateResult.OldFail, { Waived: true }) => GateState.IgnoreFail,
        (GateResult.Fail or GateResult.OldFail, { InTarget: false }) when options.IgnoreFailureForNewTests => GateState.AlwaysFail,
        (GateResult.Fail or GateResult.OldFail, { Reference: GateResult.Fail or GateResult.OldFail }) => GateState.AlwaysFail,
        (GateResult.Fail or GateResult.OldFail, { OfKernel: true }) when options.Baseline == Baseline.AnyResult => GateState.AlwaysFail,
        (GateResult.Fail or GateResult.OldFail, { Reference: GateResult.None, InTarget: true }) => GateState.RunningReference,
        (GateResult.Fail or GateResult.OldFail, _) => GateState.Regression,
        (_, { Pending: true, InTarget: false }) when options.IgnoreFailureForNewTests => GateState.RunningAlwaysFail,
        (_, { Pending: true, Waived: true } or { Pending: true, Reference: GateResult.Fail }) => GateState.RunningAlwaysFail, // not OldFail
        (_, { Pending: true }) => GateState.Running,
        (_, { CameToNothing: true }) => GateState.Tmpfail,
        _ => GateState.Missing,
    };

    /// <summary>The one answer. A waiver of the candidate (force-skiptest) lets through what would not pass.</summary>
    /// <param name="states">Those of all tests that the caller requires.</param>
    /// <param name="skipped">Whether such a waiver holds.</param>
    public static GateAnswer Answer(IReadOnlyCollection<GateState> states, bool skipped) =>
        states.All(LetsThrough) ? GateAnswer.Pass
        : skipped ? GateAnswer.PassHinted
        : states.Contains(GateState.Regression) ? GateAnswer.Reject
        : GateAnswer.Wait;

    /// <summary>Whether the test is to be asked for: it never ran, its result is old, or its regression is worth another try.</summary>
    public static bool IsWanted(GateCase c, GateOptions options, DateTimeOffset now) => !c.Pending && c.Best.Result switch
    {
        GateResult.None or GateResult.OldPass or GateResult.OldNeutral or GateResult.OldFail => true,
        GateResult.Fail => c.Reference is GateResult.Pass or GateResult.Neutral or GateResult.OldPass or GateResult.OldNeutral
            && options.RetryOlderThanDays is > 0 && IsOlderThan(c.Best.Run!.At, options.RetryOlderThanDays, now),
        _ => false,
    };

    /// <summary>Whether a reference is to be asked for: the test fails, and there is none, or an old one.</summary>
    public static bool IsReferenceWanted(GateCase c) => c.Best.Result is GateResult.Fail or GateResult.OldFail
        && c is { InTarget: true, ReferencePending: false, Reference: GateResult.None or GateResult.OldFail or GateResult.OldNeutral or GateResult.OldPass };

    private static bool LetsThrough(GateState state) => state is GateState.Pass or GateState.Neutral or GateState.OldPass or GateState.OldNeutral
        or GateState.AlwaysFail or GateState.IgnoreFail or GateState.RunningAlwaysFail;

    // A stale mirror gave it something older than what was to be tested.
    private static bool IsBehind(GateRun run, string package, Trigger trigger) =>
        trigger.Source == package && (run.Version is not { } version || !Names.IsVersion(version) || DpkgVersion.IsOlder(version, trigger.Version));

    private static bool IsKnown(string? version, IReadOnlyCollection<string>? versions) =>
        versions is null || (version is not null && versions.Any(v => v == version || DpkgVersion.Compare(v, version) == 0));

    private static bool IsOlderThan(DateTimeOffset at, int? days, DateTimeOffset now) => days is { } limit && now - at > TimeSpan.FromDays(limit);

    private static GateResult Worth(Status status, bool current) => status switch
    {
        Status.Pass => current ? GateResult.Pass : GateResult.OldPass,
        Status.Neutral => current ? GateResult.Neutral : GateResult.OldNeutral,
        Status.Fail => current ? GateResult.Fail : GateResult.OldFail,
        Status.Tmpfail => GateResult.None,
    };
}

/// <summary>All that the state of a required test depends on.</summary>
/// <param name="Best">The result that counts.</param>
/// <param name="Reference">What it is held against.</param>
/// <param name="Pending">Whether a run of it is pending or running.</param>
/// <param name="CameToNothing">Whether it ran, and nothing came of it.</param>
/// <param name="InTarget">Whether the target suite has this test.</param>
/// <param name="Waived">Whether a waiver (force-badtest) covers it.</param>
/// <param name="ReferencePending">Whether a reference run of it is pending or running.</param>
/// <param name="OfKernel">Whether it was run for a kernel: a module may work with one and fail with another, so that what it had before says nothing.</param>
public sealed record GateCase(
    Weighed Best, GateResult Reference, bool Pending = false, bool CameToNothing = false, bool InTarget = true, bool Waived = false, bool ReferencePending = false,
    bool OfKernel = false);
