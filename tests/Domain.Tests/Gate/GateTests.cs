using static Debci.Domain.GateResult;

namespace Debci.Domain.Tests.Gating;

/// <summary>britney's decision, row by row as its contract has it.</summary>
public sealed class GateTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 23, 12, 0, 0, TimeSpan.Zero);
    private static readonly Trigger Glibc = new("glibc", "2.41-6");
    private static readonly GateOptions Debian = new();

    [Theory]
    [InlineData(Pass, Fail, GateState.Pass)]
    [InlineData(Pass, None, GateState.Pass)]
    [InlineData(OldPass, Pass, GateState.OldPass)]
    [InlineData(Neutral, Pass, GateState.Neutral)]
    [InlineData(OldNeutral, Pass, GateState.OldNeutral)]
    [InlineData(Fail, Pass, GateState.Regression)]
    [InlineData(Fail, Neutral, GateState.Regression)]
    [InlineData(Fail, OldPass, GateState.Regression)]
    [InlineData(Fail, OldNeutral, GateState.Regression)]
    [InlineData(OldFail, Pass, GateState.Regression)]
    [InlineData(Fail, Fail, GateState.AlwaysFail)]
    [InlineData(Fail, OldFail, GateState.AlwaysFail)]
    [InlineData(Fail, None, GateState.RunningReference)]
    public void A_result_is_held_against_the_reference(GateResult best, GateResult reference, GateState state) =>
        Assert.Equal(state, Gate.StateOf(Case(best, reference), Debian));

    [Theory]
    [InlineData(Pass, GateState.Running)]
    [InlineData(None, GateState.Running)]
    [InlineData(OldFail, GateState.Running)]
    [InlineData(Fail, GateState.RunningAlwaysFail)]
    public void A_pending_test_waits_unless_its_failure_would_not_matter(GateResult reference, GateState state) =>
        Assert.Equal(state, Gate.StateOf(Case(None, reference) with { Pending = true }, Debian));

    [Fact]
    public void Waivers_new_tests_kernels_and_what_is_not_there()
    {
        Assert.Equal(GateState.IgnoreFail, Gate.StateOf(Case(Fail, Pass) with { Waived = true }, Debian));
        Assert.Equal(GateState.RunningAlwaysFail, Gate.StateOf(Case(None, Pass) with { Waived = true, Pending = true }, Debian));
        Assert.Equal(GateState.Missing, Gate.StateOf(Case(None, Fail) with { Waived = true }, Debian));
        Assert.Equal(GateState.Tmpfail, Gate.StateOf(Case(None, Fail) with { CameToNothing = true }, Debian));
        Assert.Equal(GateState.Regression, Gate.StateOf(Case(Fail, None) with { InTarget = false }, Debian));
        var lenient = Debian with { IgnoreFailureForNewTests = true };
        Assert.Equal(GateState.AlwaysFail, Gate.StateOf(Case(Fail, None) with { InTarget = false }, lenient));
        Assert.Equal(GateState.RunningAlwaysFail, Gate.StateOf(Case(None, None) with { InTarget = false, Pending = true }, lenient));
        Assert.Equal(GateState.RunningReference, Gate.StateOf(Case(Fail, None), lenient));
        var ubuntu = Debian with { Baseline = Baseline.AnyResult };
        Assert.Equal((GateState.Regression, GateState.AlwaysFail), (Gate.StateOf(Case(Fail, Pass), ubuntu), Gate.StateOf(Case(Fail, Pass) with { OfKernel = true }, ubuntu)));
        Assert.Equal(GateState.Regression, Gate.StateOf(Case(Fail, Pass) with { OfKernel = true }, Debian));
        Assert.Equal((Pass, Neutral, Fail), (Gate.Ever(true, true), Gate.Ever(false, true), Gate.Ever(false, false)));
    }

    [Fact]
    public void The_best_result_counts_and_of_equal_ones_the_newest()
    {
        Assert.Equal(2, Best([Run(1, Status.Fail), Run(2, Status.Pass), Run(3, Status.Fail), Run(4, Status.Tmpfail)]).Run!.Run); // a later failure undoes no pass
        Assert.Equal((Fail, 2), Both(Best([Run(1, Status.Fail), Run(2, Status.Fail)])));
        Assert.Equal((Fail, 2), Both(Best([Run(1, Status.Pass, "1"), Run(2, Status.Fail, "2")], ["2", "3"]))); // and a new failure replaces an old pass
        Assert.Equal((OldPass, 1), Both(Best([Run(1, Status.Pass, "1"), Run(2, Status.Fail, "1")], ["2"]))); // it was not old when that one failed
        Assert.Equal((OldFail, 2), Both(Best([Run(1, Status.Pass, "1"), Run(2, Status.Fail, "1.5")], ["2"])));
        Assert.Equal((OldPass, 2), Both(Best([Run(1, Status.Fail, "2"), Run(2, Status.Pass, "1")], ["2"])));
        Assert.Equal((Neutral, 1), Both(Best([Run(1, Status.Neutral, "2"), Run(2, Status.Fail, "2")], ["2"])));
        Assert.Equal((Pass, 1), Both(Best([Run(1, Status.Pass, "1:1.0-1")], ["1:1.00-1"]))); // the same to dpkg
        Assert.Equal(Weighed.Nothing, Best([Run(1, Status.Tmpfail)]));
    }

    [Fact]
    public void The_newest_run_of_each_status_and_version_says_all()
    {
        var chance = new Random(1);
        for (var i = 0; i < 5000; i++)
        {
            var runs = Enumerable.Range(1, chance.Next(1, 9)).Select(n => Run(n, (Status)chance.Next(4), $"{chance.Next(1, 4)}")).ToList();
            var newest = runs.GroupBy(r => (r.Status, r.Version)).Select(g => g.MaxBy(r => r.Position)!);
            Assert.Equal(Best(runs, ["2"]), Best(newest, ["2"]));
        }
    }

    [Fact]
    public void A_result_for_something_older_than_the_trigger_is_none()
    {
        Assert.Equal(None, Gate.Best([Run(1, Status.Pass, "2.41-5")], "glibc", Glibc, null).Result);
        Assert.Equal(Pass, Gate.Best([Run(1, Status.Pass, "2.41-6")], "glibc", Glibc, null).Result);
        Assert.Equal(None, Gate.Best([Run(1, Status.Pass, null)], "glibc", Glibc, null).Result);
        Assert.Equal(Pass, Gate.Best([Run(1, Status.Pass, "1")], "green", Glibc, null).Result);
    }

    [Fact]
    public void The_newest_reference_counts_and_becomes_old()
    {
        Assert.Equal((Fail, 2), Both(Gate.Reference([Run(1, Status.Pass), Run(2, Status.Fail), Run(3, Status.Tmpfail)], null, Debian, Now)));
        Assert.Equal((Pass, 1), Both(Gate.Reference([Run(1, Status.Pass), Run(2, Status.Fail) with { At = Now.AddDays(-3) }], null, Debian, Now))); // stored later, but older: imported
        Assert.Equal(OldFail, Gate.Reference([Run(1, Status.Fail) with { At = Now.AddDays(-8) }], null, Debian, Now).Result);
        Assert.Equal(Fail, Gate.Reference([Run(1, Status.Fail) with { At = Now.AddDays(-8) }], null, Debian with { ReferenceMaxAgeDays = null }, Now).Result);
        Assert.Equal(OldPass, Gate.Reference([Run(1, Status.Pass, "1")], ["2"], Debian, Now).Result);
        Assert.Equal(Weighed.Nothing, Gate.Reference([], null, Debian, Now));
    }

    [Fact]
    public void The_answer_rejects_a_regression_waits_for_what_is_not_known_and_a_waiver_overrules_both()
    {
        Assert.Equal(GateAnswer.Pass, Gate.Answer([], false));
        Assert.Equal(GateAnswer.Pass, Gate.Answer([GateState.Pass, GateState.AlwaysFail, GateState.IgnoreFail, GateState.RunningAlwaysFail, GateState.OldPass, GateState.Neutral, GateState.OldNeutral], true));
        foreach (var unknown in new[] { GateState.Running, GateState.RunningReference, GateState.Tmpfail, GateState.Missing })
        {
            Assert.Equal(GateAnswer.Wait, Gate.Answer([GateState.Pass, unknown], false));
            Assert.Equal(GateAnswer.PassHinted, Gate.Answer([GateState.Pass, unknown], true));
        }
        Assert.Equal(GateAnswer.Reject, Gate.Answer([GateState.Missing, GateState.Regression], false));
        Assert.Equal(GateAnswer.PassHinted, Gate.Answer([GateState.Regression], true));
    }

    [Fact]
    public void What_is_asked_for_again_is_what_britney_would_ask_for()
    {
        Assert.True(Wanted(Case(None, None)));
        Assert.False(Wanted(Case(None, None) with { Pending = true }));
        Assert.True(Wanted(Case(OldPass, None)));
        Assert.False(Wanted(Case(Pass, None)) || Wanted(Case(Neutral, None)));
        Assert.False(Wanted(Case(Fail, Pass)));
        Assert.True(Wanted(Case(Fail, Pass, days: 2)));
        Assert.False(Wanted(Case(Fail, Fail, days: 2)) || Gate.IsWanted(Case(Fail, Pass, days: 2), Debian with { RetryOlderThanDays = null }, Now));
        Assert.True(Gate.IsReferenceWanted(Case(Fail, None)) && Gate.IsReferenceWanted(Case(OldFail, OldPass)));
        Assert.False(Gate.IsReferenceWanted(Case(Fail, Pass)) || Gate.IsReferenceWanted(Case(Pass, None)) || Gate.IsReferenceWanted(Case(Fail, None) with { InTarget = false })
            || Gate.IsReferenceWanted(Case(Fail, None) with { ReferencePending = true }));
    }

    [Fact]
    public void A_waiver_covers_versions_up_to_its_own_until_its_end()
    {
        var bad = new Waiver(WaiverKind.BadTest, "testing", "green", "2-1", "amd64", Now.AddDays(1));
        Assert.True(bad.CoversTest("green", "2-1", "amd64", Now) && bad.CoversTest("green", "1:0", "amd64", Now) is false && bad.CoversTest("green", "1", "amd64", Now));
        Assert.False(bad.CoversTest("green", "2-2", "amd64", Now) || bad.CoversTest("green", "2-1", "arm64", Now) || bad.CoversTest("blue", "2-1", "amd64", Now)
            || bad.CoversTest("green", "2-1", "amd64", Now.AddDays(1)) || bad.CoversCandidate("green", "2-1", Now) || bad.CoversTest("green", "", "amd64", Now));
        Assert.True((bad with { Version = "all", Arch = null, Until = null }).CoversTest("green", "", "arm64", Now));
        var skip = bad with { Kind = WaiverKind.SkipTest, Arch = null };
        Assert.True(skip.CoversCandidate("green", "2-1", Now));
        Assert.False(skip.CoversCandidate("green", "2-2", Now) || skip.CoversTest("green", "2-1", "amd64", Now));
    }

    private static bool Wanted(GateCase c) => Gate.IsWanted(c, Debian, Now);

    private static GateCase Case(GateResult best, GateResult reference, int days = 0) =>
        new(best == None ? Weighed.Nothing : new Weighed(best, Run(1, Status.Fail) with { At = Now.AddDays(-days) }), reference);

    private static Weighed Best(IEnumerable<GateRun> runs, IReadOnlyCollection<string>? versions = null) => Gate.Best(runs, "green", Glibc, versions);

    private static (GateResult, long) Both(Weighed weighed) => (weighed.Result, weighed.Run!.Run);

    private static GateRun Run(long id, Status status, string? version = "1") => new(id, status, version, Now, id);
}
