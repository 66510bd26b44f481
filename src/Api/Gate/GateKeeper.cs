using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Gate;

/// <summary>Answers for candidates and for single tests, by <see cref="Domain.Gate"/>.</summary>
public sealed class GateKeeper(GateEvidence.Sources sources)
{
    /// <summary>One question takes so many candidates, or tests, at most.</summary>
    public const int Most = 50_000;

    /// <summary>Judges candidates, in order.</summary>
    /// <exception cref="RefusedException">A name or version cannot be read, or there are too many.</exception>
    public async Task<IReadOnlyList<GateVerdict>> Judge(
        Whose whose, string suite, IReadOnlyList<Candidate> candidates, GateOptions options, GateMoment when, CancellationToken cancellation)
    {
        Check(candidates);
        var keys = candidates.SelectMany(c => c.Tests.Select(t => KeyOf(c, t))).ToHashSet();
        var evidence = await GateEvidence.Gather(sources, whose, suite, keys, options.Baseline, when.AsOf, cancellation);
        return [.. candidates.Select(c => Judge(c, evidence, options, when.Moment))];
    }

    /// <summary>The best result for each key with its reference, in order.</summary>
    public async Task<IReadOnlyList<TestVerdict>> Weigh(Whose whose, string suite, IReadOnlyList<OutcomeKey> keys, GateOptions options, GateMoment when, CancellationToken cancellation)
    {
        var triggers = keys.Select((k, i) => Read(k.Trigger, $"keys[{i}].trigger")).ToList();
        CheckCount(keys.Count, "keys");
        var evidence = await GateEvidence.Gather(sources, whose, suite, keys, options.Baseline, when.AsOf, cancellation);
        return [.. keys.Select((k, i) => Judge(new RequiredTest(k.Package, k.Arch, Version: null, InTarget: true, Versions: null), k, triggers[i], evidence, options, when.Moment))];
    }

    private static GateVerdict Judge(Candidate candidate, GateEvidence evidence, GateOptions options, Moment moment)
    {
        var trigger = new Trigger(candidate.Source, candidate.Version);
        var tests = candidate.Tests.Select(t => Judge(t, KeyOf(candidate, t), trigger, evidence, options, moment)).ToList();
        var skip = evidence.Waiver(candidate.Source, w => w.CoversCandidate(candidate.Source, candidate.Version, moment.At));
        return new GateVerdict(candidate, Domain.Gate.Answer([.. tests.Select(t => t.State)], skip is not null), tests, skip, moment.Position);
    }

    private static TestVerdict Judge(RequiredTest test, OutcomeKey key, Trigger trigger, GateEvidence evidence, GateOptions options, Moment moment)
    {
        var now = moment.At;
        var runs = evidence.Runs(key).ToList();
        var best = Domain.Gate.Best(runs, test.Package, trigger, options.Baseline == Baseline.Reference ? test.Versions : null); // the other way nothing grows old
        var reference = options.Baseline == Baseline.Reference
            ? Domain.Gate.Reference(evidence.References(key), test.Versions, options, now) : new Weighed(evidence.Ever(key), null);
        var version = best.Run?.Version ?? test.Version ?? (trigger.Source == test.Package ? trigger.Version : "");
        var waiver = evidence.Waiver(test.Package, w => w.CoversTest(test.Package, version, test.Arch, now));
        var pending = evidence.PendingRun(key);
        var at = new GateCase(best, reference.Result, pending is not null, runs.Exists(r => r.Status == Status.Tmpfail), test.InTarget, waiver is not null,
            evidence.PendingReference(key) is not null, trigger.Source == "linux" || trigger.Source.StartsWith("linux-meta", StringComparison.Ordinal));
        return new TestVerdict(test, Domain.Gate.StateOf(at, options), best, reference, pending, waiver, Domain.Gate.IsWanted(at, options, now), Domain.Gate.IsReferenceWanted(at), moment);
    }

    private static OutcomeKey KeyOf(Candidate candidate, RequiredTest test) => new(test.Package, test.Arch, $"{candidate.Source}/{candidate.Version}");

    private static void Check(IReadOnlyList<Candidate> candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
            Read($"{candidates[i].Source}/{candidates[i].Version}", $"candidates[{i}]");
        CheckCount(candidates.Count, "candidates");
        CheckCount(candidates.Sum(c => c.Tests.Count), "tests");
    }

    private static void CheckCount(int count, string what)
    {
        if (count > Most)
            throw new RefusedException(RefusalCode.TooLarge, $"{count} {what} are too many for one question; ask for {Most} at most.", what);
    }

    private static Trigger Read(string text, string path) => Trigger.TryParse(text)
        ?? throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is no source and version, such as glibc/2.41-6.", path);
}
