namespace Debci.Domain.Tests;

/// <summary>What an attempt amounts to when more is known than its exit code and its summary.</summary>
public sealed class EvidenceTests
{
    private static readonly Evidence Plain = new("green", [], false, [], "");

    [Theory]
    [InlineData(12, null, "blame: green\nbadpkg: Unable to locate package green", " 12s E: Failed to fetch http://deb.debian.org/x  Temporary failure resolving 'deb.debian.org'")]
    [InlineData(12, "2", "blame: green\nbadpkg: Test dependencies are unsatisfiable.", "W: Failed to fetch http://deb.debian.org/debian/dists/sid/InRelease  Could not connect to deb.debian.org:80")]
    [InlineData(16, null, "", "Err:3 http://deb.debian.org sid InRelease  Connection timed out")]
    [InlineData(12, null, "blame: green\nbadpkg: rules extract failed", "su: user debci does not exist or the user entry does not contain all the required fields")]
    [InlineData(20, null, "quitting: unexpected error", "101s E: Some index files failed to download. They have been ignored, or old ones used instead.")]
    public void A_testbed_without_network_or_user_is_not_ready_whatever_the_exit_code_says(int exitCode, string? version, string summary, string log)
    {
        var verdict = Judge(exitCode, version, summary, Plain with { LogEnd = $"first line\n{log}\nlast line\n" });
        Assert.Equal((Status.Tmpfail, Cause.TestbedNotReady), (verdict.Status, verdict.Cause));
    }

    [Theory]
    [InlineData(4, "t FAIL non-zero exit status 1", Status.Fail)]
    [InlineData(0, "t PASS", Status.Pass)]
    [InlineData(12, "t FAIL x\nblame: green\nbadpkg: Test dependencies are unsatisfiable.", Status.Fail)]
    public void A_test_that_talks_of_networks_is_still_a_test(int exitCode, string summary, Status status) =>
        Assert.Equal(status, Judge(exitCode, "2", summary, Plain with { LogEnd = "E: Failed to fetch http://x  Temporary failure resolving 'x'\n" }).Status);

    [Fact]
    public void A_complaint_in_the_midst_of_a_line_is_no_word_of_apt() =>
        Assert.Equal(Cause.SourceNotFetched, Judge(12, null, "badpkg: something", Plain with { LogEnd = "my test says: E: Temporary failure resolving 'x'\n" }).Cause);

    [Theory]
    [InlineData("green/2", "1", true)]
    [InlineData("green/2", "2", false)]
    [InlineData("green/2", "3", false)]
    [InlineData("green/2~rc1", "2", false)]
    [InlineData("green/1:1", "2", true)]
    [InlineData("glibc/9 green/2", "1", true)]
    [InlineData("glibc/9", "1", false)]
    [InlineData("migration-reference/0", "1", false)]
    public void A_tested_version_older_than_the_trigger_is_a_mirror_that_is_behind(string triggers, string tested, bool stale)
    {
        foreach (var (exitCode, summary) in new[] { (0, "t PASS"), (4, "t FAIL x"), (8, "* SKIP no tests in this package") })
        {
            var verdict = Judge(exitCode, tested, summary, Plain with { Triggers = triggers.Split(' ') });
            Assert.Equal(stale ? Cause.TriggerNotInArchive : null, verdict.Cause);
        }
    }

    [Theory]
    [InlineData("2.41-5", true, true)]
    [InlineData("2.41-5+b1", true, true)]
    [InlineData("2.41-6+b1", true, false)]
    [InlineData("2.41-5", false, false)]
    [InlineData("nonsense version", true, false)]
    public void So_is_a_pinned_package_older_than_the_trigger(string installed, bool pinned, bool stale)
    {
        var evidence = Plain with { Triggers = ["glibc/2.41-6"], Pinned = pinned, Installed = [new InstalledPackage("glibc", installed), new InstalledPackage("other", "0")] };
        Assert.Equal(stale ? Cause.TriggerNotInArchive : null, Judge(4, "2", "t FAIL x", evidence).Cause);
    }

    [Theory]
    [InlineData("  5s autopkgtest: WARNING: Test dependencies are unsatisfiable with using apt pinning. Retrying with using all packages from sid\n", true)]
    [InlineData("autopkgtest [10:10:10]: x\nautopkgtest: WARNING: Test dependencies are unsatisfiable with using apt pinning. Retrying with using all packages from sid", true)]
    [InlineData("  9s echo autopkgtest: WARNING: Test dependencies are unsatisfiable with using apt pinning. Retrying", false)]
    [InlineData("", false)]
    public void That_pins_were_given_up_is_seen_in_the_log(string log, bool fellBack) => Assert.Equal(fellBack, Evidence.IsFallback(log));

    [Theory]
    [InlineData(12, "blame: green\nbadpkg: Test dependencies are unsatisfiable.", false, Status.Tmpfail)]
    [InlineData(0, "t PASS", true, Status.Tmpfail)]
    [InlineData(0, "t PASS", false, Status.Pass)]
    [InlineData(4, "t FAIL non-zero exit status 1", false, Status.Fail)]
    public void Where_a_log_that_cannot_be_read_would_have_decided_nothing_is_known(int exitCode, string summary, bool pinned, Status status)
    {
        var verdict = Judge(exitCode, "2", summary, Plain with { Pinned = pinned, LogEnd = null });
        Assert.Equal((status, status == Status.Tmpfail ? Cause.TestbedFailure : null), (verdict.Status, verdict.Cause));
    }

    [Fact]
    public void A_huge_hostile_log_is_looked_through_in_no_time() =>
        Assert.NotEqual(Cause.TestbedNotReady, Judge(16, null, "", Plain with { LogEnd = string.Concat(Enumerable.Repeat("E: Err: W: user ", 4000)) }).Cause);

    private static Verdict Judge(int exitCode, string? version, string summary, Evidence evidence)
    {
        var parsed = Summary.Parse(summary);
        var report = new Report(DateTimeOffset.UnixEpoch, 1, parsed.Tests, parsed.Tests.Count, false, 0, exitCode, version);
        return Verdict.Of(report, parsed, evidence);
    }
}
