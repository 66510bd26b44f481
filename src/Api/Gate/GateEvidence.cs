using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Gate;

/// <summary>All that is known about many tests, read with a few queries: results by key, references, what is pending, waivers.</summary>
public sealed class GateEvidence
{
    private readonly ILookup<OutcomeKey, GateRun> runs;
    private readonly Dictionary<OutcomeKey, long> pending;
    private readonly ILookup<string, WaiverRow> waivers;
    private readonly Dictionary<(string Package, string Arch), (bool Passed, bool Neutral)> ever;

    private GateEvidence(ILookup<OutcomeKey, GateRun> runs, Dictionary<OutcomeKey, long> pending, ILookup<string, WaiverRow> waivers, Dictionary<(string, string), (bool, bool)> ever) =>
        (this.runs, this.pending, this.waivers, this.ever) = (runs, pending, waivers, ever);

    /// <summary>Reads what there is about these keys and their references.</summary>
    /// <param name="sources">Where from.</param>
    /// <param name="whose">Whose results.</param>
    /// <param name="suite">The target suite.</param>
    /// <param name="keys">Package, architecture and trigger.</param>
    /// <param name="baseline">What failures are held against.</param>
    /// <param name="asOf">What was known at this position; null for now.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<GateEvidence> Gather(
        Sources sources, Whose whose, string suite, IReadOnlyCollection<OutcomeKey> keys, Baseline baseline, long? asOf, CancellationToken cancellation)
    {
        var all = keys.Concat(keys.Select(ReferenceOf)).ToHashSet();
        var packages = keys.Select(k => k.Package).ToHashSet();
        var running = asOf is { } then ? await sources.QueuePast.PendingOf(whose.Requester, suite, packages, then, cancellation)
            : await sources.Outcomes.PendingOf(whose.Requester, suite, packages, cancellation); // first: what ends meanwhile is a result then
        var found = await sources.Outcomes.ByKey(whose.Requester, suite, all, asOf, cancellation);
        if (!whose.SeesPrivate && (running.Any(r => r.Private) || found.Any(f => f.Any(o => o.Private))))
            throw new RefusedException(RefusalCode.NotAllowed, "Part of what counts here is private to its requester, and without it the answer would be another; ask with the requester's key.", "requester");
        var waived = packages.Concat(keys.Select(k => k.Trigger.Split('/')[0])).ToHashSet();
        var waivers = asOf is { } at ? await sources.PoliciesPast.Waivers(suite, waived, at, cancellation) : await sources.Policies.Waivers(suite, waived, cancellation);
        var ever = baseline == Baseline.AnyResult ? await sources.History.Ever(whose.Requester, suite, packages, asOf, cancellation) : [];
        return new GateEvidence(
            found.SelectMany(f => f.Select(o => (f.Key, Run: new GateRun(o.Run, o.Status!.Value, o.Version, new DateTimeOffset(o.UpdatedAt), o.Position)))).ToLookup(f => f.Key, f => f.Run),
            Pending(running), waivers.ToLookup(w => w.Waiver.Package), ever);
    }

    /// <summary>Finished runs of a key, tmpfails among them.</summary>
    public IEnumerable<GateRun> Runs(OutcomeKey key) => runs[key];

    /// <summary>Finished reference runs of a key's package.</summary>
    public IEnumerable<GateRun> References(OutcomeKey key) => runs[ReferenceOf(key)];

    /// <summary>The newest pending run of a key; null for none.</summary>
    public long? PendingRun(OutcomeKey key) => pending.TryGetValue(key, out var run) ? run : null;

    /// <summary>The pending reference run of a key's package; null for none.</summary>
    public long? PendingReference(OutcomeKey key) => PendingRun(ReferenceOf(key));

    /// <summary>The best that a key's package has ever had on its architecture.</summary>
    public GateResult Ever(OutcomeKey key) => ever.GetValueOrDefault((key.Package, key.Arch)) is var (passed, neutral) ? Domain.Gate.Ever(passed, neutral) : GateResult.Fail;

    /// <summary>A waiver of this package's that fits; null for none.</summary>
    public WaiverRow? Waiver(string package, Func<Waiver, bool> fits) => waivers[package].FirstOrDefault(w => fits(w.Waiver));

    private static OutcomeKey ReferenceOf(OutcomeKey key) => key with { Trigger = Trigger.Reference };

    private static Dictionary<OutcomeKey, long> Pending(IEnumerable<OutcomeRow> rows)
    {
        var pending = new Dictionary<OutcomeKey, long>();
        foreach (var row in rows)
        {
            foreach (var trigger in row.Triggers.Split(' '))
                pending[new OutcomeKey(row.Package, row.Arch, trigger)] = row.Run;
        }
        return pending;
    }

    /// <summary>Where evidence is read.</summary>
    public sealed record Sources(
        OutcomesQueries Outcomes, HistoryQueries History, PoliciesQueries Policies, QueuePastQueries QueuePast, PoliciesPastQueries PoliciesPast);
}
