namespace Debci.Domain.Tests;

public sealed class PolicyTests
{
    private static readonly PolicyEvent.Quarantined Held = new("green", "testing", "amd64", [1, 2, 3], "2");

    public static TheoryData<PolicyCommand, PolicyCommand> Pairs => new()
    {
        { new PolicyCommand.Pause(PauseKind.Arch, "armhf", "why"), new PolicyCommand.Unpause(PauseKind.Arch, "armhf", null) },
        { new PolicyCommand.Reject("linux*", "why"), new PolicyCommand.Readmit("linux*", null) },
        { new PolicyCommand.Quarantine(Held), new PolicyCommand.LiftQuarantine("green", "testing", "amd64", "2", null) },
    };

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_decision_holds_until_it_is_taken_back_and_twice_is_once(PolicyCommand decide, PolicyCommand takeBack)
    {
        Assert.Contains("; nothing is ", Refusal(Policy.None, takeBack), StringComparison.Ordinal);
        var decided = Obey(Policy.None, decide, events: 1);
        Obey(decided, decide, events: 0);
        var free = Obey(decided, takeBack, events: 1);
        Assert.Contains("so nothing changes", Refusal(free, takeBack), StringComparison.Ordinal);
        Obey(free, decide, events: 1);
    }

    [Fact]
    public void Kinds_and_versions_are_told_apart()
    {
        var paused = Obey(Policy.None, new PolicyCommand.Pause(PauseKind.Arch, "sid", null), 1);
        Assert.Equal("\"Suite sid\" is not paused, so nothing changes; paused are: Arch sid.", Refusal(paused, new PolicyCommand.Unpause(PauseKind.Suite, "sid", null)));
        var held = Obey(Policy.None, new PolicyCommand.Quarantine(Held), 1);
        Assert.EndsWith("in quarantine are: green testing amd64 2.", Refusal(held, new PolicyCommand.LiftQuarantine("green", "testing", "amd64", null, null)));
    }

    private static string Refusal(Policy policy, PolicyCommand command) =>
        Assert.Throws<RefusedException>(() => Policy.Decide(command, policy)).Refusal.Sentence;

    [Theory]
    [InlineData("linux*", "linux-signed", "sid", "amd64", true)]
    [InlineData("linux*", "glinux", "sid", "amd64", false)]
    [InlineData("chromium/*/armhf", "chromium", "sid", "armhf", true)]
    [InlineData("chromium/*/armhf", "chromium", "sid", "arm64", false)]
    [InlineData("lib?", "liba", "sid", "arm64", true)]
    [InlineData("lib?", "lib", "sid", "arm64", false)]
    [InlineData("g++", "g++", "sid", "arm64", true)]
    [InlineData("g++", "ggg", "sid", "arm64", false)]
    [InlineData("a.b", "axb", "sid", "arm64", false)]
    public void A_pattern_matches_names_by_its_stars(string pattern, string package, string suite, string arch, bool matches) =>
        Assert.Equal(matches, PackagePattern.TryParse(pattern)!.Matches(package, suite, arch));

    [Theory]
    [InlineData("")]
    [InlineData("a//b")]
    [InlineData("a/b/c/d")]
    [InlineData("UPPER")]
    [InlineData("a b")]
    [InlineData("[a-z]")]
    public void What_is_no_pattern_is_told_so(string text) => Assert.Null(PackagePattern.TryParse(text));

    [Fact]
    public void A_pattern_of_many_stars_takes_no_time() =>
        Assert.False(PackagePattern.TryParse(string.Concat(Enumerable.Repeat("a*", 100)))!.Matches(new string('a', 99) + "b", "sid", "amd64"));

    [Fact]
    public void Three_abandoned_runs_of_one_version_within_a_week_are_enough()
    {
        var now = new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero);
        (long, string?, DateTimeOffset) Run(long run, string? version, double daysAgo) => (run, version, now.AddDays(-daysAgo));
        Assert.Equal([3, 2, 1], QuarantineRule.Enough([Run(1, "2", 6.9), Run(2, "2", 1), Run(3, "2", 0)], "2", now)!);
        Assert.Null(QuarantineRule.Enough([Run(1, "2", 7.1), Run(2, "2", 1), Run(3, "2", 0)], "2", now));
        Assert.Null(QuarantineRule.Enough([Run(1, "1", 2), Run(2, "2", 1), Run(3, "2", 0)], "2", now));
        Assert.Null(QuarantineRule.Enough([Run(1, null, 2), Run(2, "2", 1), Run(3, "2", 0)], "2", now));
        Assert.NotNull(QuarantineRule.Enough([Run(1, null, 2), Run(2, null, 1), Run(3, null, 0)], null, now));
    }

    private static Policy Obey(Policy policy, PolicyCommand command, int events)
    {
        var happened = Policy.Decide(command, policy);
        Assert.Equal(events, happened.Count);
        return happened.Aggregate(policy, Policy.Evolve);
    }
}
