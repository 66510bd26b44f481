using System.Diagnostics;
using System.Text.Json;
using Debci.Domain;
using Debci.Playground;

namespace Debci.EndToEnd.Tests.Britney;

/// <summary>A fact about the real britney's own functions.</summary>
public sealed class RealBritneyFactAttribute : FactAttribute
{
    public RealBritneyFactAttribute()
    {
        if (Gatekeeper.RealFolder is null)
            Skip = "BRITNEY_DIR names no britney2; with it, thousands of cases are held against its own functions (it needs python3-apt).";
    }
}

/// <summary>The table in Domain says of many random cases what britney's own code says.</summary>
public sealed class OracleTests
{
    private const int Cases = 20_000;
    private const string Package = "green", Arch = "amd64";
    private static readonly DateTimeOffset Now = DateTimeOffset.UtcNow;

    private sealed record Case(string Trigger, string Package, IReadOnlyList<object[]> Results, IReadOnlyList<string> Versions, bool Pending, bool InTarget, string? Hint, CaseOptions Options);

    private sealed record CaseOptions(string Baseline, int? ReferenceMaxAgeDays, bool IgnoreFailureForNewTests, int? RetryOlderThanDays);

    private sealed record Answer(string State, bool Wanted, bool ReferenceWanted);

    [RealBritneyFact]
    public async Task The_table_agrees_with_britney()
    {
        var chance = new Random(2026);
        var cases = Enumerable.Range(0, Cases).Select(_ => Make(chance)).ToList();
        var answers = await Ask(cases);
        var differences = cases.Zip(answers, (c, a) => (Case: c, Theirs: a, Ours: Judge(c))).Where(d => d.Ours != d.Theirs).ToList();
        Assert.True(differences.Count == 0, $"{differences.Count} of {Cases} differ, such as {JsonSerializer.Serialize(differences.FirstOrDefault().Case)}: britney {differences.FirstOrDefault().Theirs}, ours {differences.FirstOrDefault().Ours}");
        Assert.True(answers.Select(a => a.State).Distinct().Count() == 11, "not every state came: " + string.Join(' ', answers.Select(a => a.State).Distinct()));
    }

    private static Case Make(Random chance)
    {
        T One<T>(params T[] of) => of[chance.Next(of.Length)];
        var trigger = One("green/2", "glibc/3", "linux/6.1");
        double[] ages = [.. Enumerable.Range(0, chance.Next(5)).Select(_ => One(60.0, 0.5 * 86400, 1.5 * 86400, 6.5 * 86400, 8.0 * 86400) + (chance.NextDouble() * 1000)).OrderDescending()];
        var results = ages.Select(age => new object[] { One(trigger, trigger, Trigger.Reference, Trigger.Reference, "other/1"), One("PASS", "NEUTRAL", "FAIL", "FAIL"), One("1", "2", "3"), Math.Round(age) });
        return new Case(trigger, Package, [.. results], One<string[]>(["1", "2"], ["2"], ["1", "3"]), chance.Next(3) == 0, chance.Next(4) > 0, One(null, null, null, "all", "1", "2"),
            new CaseOptions(One("REFERENCE", "REFERENCE", "ANY_RESULT"), One<int?>(7, null), chance.Next(4) == 0, One<int?>(1, null)));
    }

    private static Answer Judge(Case c)
    {
        var options = new GateOptions(c.Options.Baseline == "REFERENCE" ? Baseline.Reference : Baseline.AnyResult, c.Options.ReferenceMaxAgeDays, c.Options.IgnoreFailureForNewTests, c.Options.RetryOlderThanDays);
        var runs = c.Results.Select((r, i) => (Trigger: (string)r[0], Run: new GateRun(i, Enum.Parse<Status>((string)r[1], ignoreCase: true), (string)r[2], Now.AddSeconds(-(double)r[3]), i))).ToList();
        IReadOnlyList<string>? versions = options.Baseline == Baseline.Reference ? c.Versions : null;
        var best = Gate.Best(runs.Where(r => r.Trigger == c.Trigger).Select(r => r.Run), c.Package, Trigger.TryParse(c.Trigger)!, versions);
        var reference = options.Baseline == Baseline.Reference
            ? Gate.Reference(runs.Where(r => r.Trigger == Trigger.Reference).Select(r => r.Run), versions, options, Now).Result
            : Ever(runs);
        var version = best.Run?.Version ?? c.Versions[^1];
        var waived = c.Hint is not null && new Waiver(WaiverKind.BadTest, "testing", c.Package, c.Hint).CoversTest(c.Package, version, Arch, Now);
        var at = new GateCase(best, reference, c.Pending, InTarget: c.InTarget, Waived: waived, OfKernel: c.Trigger.StartsWith("linux/", StringComparison.Ordinal));
        return new Answer(Word(Gate.StateOf(at, options)), Gate.IsWanted(at, options, Now), Gate.IsReferenceWanted(at));
    }

    private static GateResult Ever(List<(string Trigger, GateRun Run)> runs)
    {
        var best = runs.GroupBy(r => r.Trigger).Select(g => Gate.Best(g.Select(r => r.Run), Package, Trigger.TryParse(g.Key)!, null).Result).ToList();
        return Gate.Ever(best.Contains(GateResult.Pass), best.Contains(GateResult.Neutral));
    }

    private static string Word(GateState state) => state switch
    {
        GateState.OldPass => "OLD_PASS",
        GateState.OldNeutral => "OLD_NEUTRAL",
        GateState.AlwaysFail => "ALWAYSFAIL",
        GateState.IgnoreFail => "IGNORE-FAIL",
        GateState.RunningReference => "RUNNING-REFERENCE",
        GateState.RunningAlwaysFail => "RUNNING-ALWAYSFAIL",
        _ => $"{state}".ToUpperInvariant(),
    };

    private static async Task<IReadOnlyList<Answer>> Ask(IReadOnlyList<Case> cases)
    {
        using var process = Process.Start(new ProcessStartInfo("/usr/bin/python3", [Repository.Path("tests/EndToEnd.Tests/Britney/oracle.py"), Gatekeeper.RealFolder!])
        { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var reading = process.StandardOutput.ReadToEndAsync();
        await process.StandardInput.WriteAsync(JsonSerializer.Serialize(cases, JsonSerializerOptions.Web));
        process.StandardInput.Close();
        return JsonSerializer.Deserialize<List<Answer>>(await reading, JsonSerializerOptions.Web)!;
    }
}
