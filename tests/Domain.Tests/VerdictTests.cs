using CsCheck;

namespace Debci.Domain.Tests;

/// <summary>Exit codes and summaries as autopkgtest writes them, real ones among them.</summary>
public sealed class VerdictTests
{
    [Theory]
    [InlineData("hello", Status.Pass, null, 2)]
    [InlineData("gzip", Status.Pass, null, 1)]
    [InlineData("libtry-tiny-perl", Status.Pass, null, 3)]
    [InlineData("figlet", Status.Fail, null, 1)]
    [InlineData("memcached", Status.Neutral, null, 2)]
    [InlineData("systemd", Status.Fail, null, 14)]
    [InlineData("missing-package", Status.Tmpfail, Cause.SourceNotFound, 0)]
    [InlineData("six", Status.Tmpfail, Cause.TestbedFailure, 0)]
    public void Real_output_directories_are_read_as_what_they_are(string sample, Status status, Cause? cause, int tests)
    {
        var summary = Summary.Parse(Sample(sample, "summary"));
        var version = Sample(sample, "testpkg-version").Split(' ', '\n').Skip(1).FirstOrDefault();
        var verdict = Verdict.Of(Report(int.Parse(Sample(sample, "EXITCODE")), summary.Tests, version), summary);

        Assert.Equal((status, cause), (verdict.Status, verdict.Cause));
        Assert.Equal(tests, summary.Tests.Count);
        Assert.Null(summary.UnreadableLine);
    }

    [Fact]
    public void Every_kind_of_line_is_known_by_test()
    {
        var tests = Summary.Parse(Sample("tiny-null", "summary")).Tests;
        Assert.Equal([TestOutcome.Pass, TestOutcome.Fail, TestOutcome.Skip, TestOutcome.Flaky], tests.Take(4).Select(t => t.Result));
        Assert.Equal("exit status 77 and marked as skippable", tests[2].Detail);
        Assert.Null(tests[0].Detail);
    }

    [Theory]
    [InlineData(0, "t PASS", Status.Pass)]
    [InlineData(2, "t PASS\nu SKIP x", Status.Pass)]
    [InlineData(4, "t FAIL x", Status.Fail)]
    [InlineData(6, "t FAIL x\nu SKIP y", Status.Fail)]
    [InlineData(8, "* SKIP no tests in this package", Status.Neutral)]
    [InlineData(12, "blame: x\nbadpkg: Test dependencies are unsatisfiable", Status.Fail)]
    [InlineData(14, "badpkg: rules build failed", Status.Fail)]
    [InlineData(16, "", Status.Tmpfail)]
    [InlineData(20, "t PASS", Status.Tmpfail)]
    [InlineData(1, "t PASS", Status.Tmpfail)]
    [InlineData(255, "t PASS", Status.Tmpfail)]
    [InlineData(137, "t PASS", Status.Tmpfail)]
    [InlineData(0, "t FAIL x", Status.Tmpfail)]
    [InlineData(0, "", Status.Tmpfail)]
    [InlineData(0, "t PASS\nwho knows", Status.Tmpfail)]
    [InlineData(2, "t FAIL x", Status.Tmpfail)]
    [InlineData(4, "t PASS", Status.Tmpfail)]
    [InlineData(12, "badpkg: Your sources.list needs some 'deb-src' URIs", Status.Tmpfail)]
    public void Exit_code_and_summary_together_make_the_status(int exitCode, string text, Status status)
    {
        var summary = Summary.Parse(text);
        var verdict = Verdict.Of(Report(exitCode, summary.Tests), summary);
        Assert.Equal(status, verdict.Status);
        Assert.Equal(status == Status.Tmpfail, verdict.Cause is not null);
    }

    [Fact]
    public void Without_a_version_without_an_end_or_over_time_nothing_counts_for_or_against_the_package()
    {
        var summary = Summary.Parse("t PASS");
        Assert.Equal(Cause.SourceNotFetched, Verdict.Of(Report(0, summary.Tests, version: null), summary).Cause);
        Assert.Equal(Cause.UnexpectedExit, Verdict.Of(Report(null, summary.Tests), summary).Cause);
        Assert.Equal(Cause.TimedOut, Verdict.Of(Report(0, summary.Tests) with { TimedOut = true }, summary).Cause);
    }

    [Fact]
    public void Of_any_exit_code_and_any_summary_a_pass_comes_only_of_known_lines_without_a_failure() =>
        Gen.Select(Gen.Int[-1, 256], Gen.OneOf(Gen.String, Chance.Of("t PASS", "t FAIL x", "t SKIP", "\0", "badpkg: x", "t PASSED").List[0, 4].Select(l => string.Join('\n', l))))
            .Sample((exitCode, text) =>
            {
                var summary = Summary.Parse(text);
                var verdict = Verdict.Of(Report(exitCode, summary.Tests), summary);
                if (verdict.Status == Status.Pass)
                    Assert.True(exitCode is 0 or 2 && summary.UnreadableLine is null && summary.Tests.All(t => t.Result != TestOutcome.Fail));
            }, iter: 20_000);

    private static string Sample(string name, string file)
    {
        var path = Path.Combine(AppContext.BaseDirectory, "Samples", name, file);
        return File.Exists(path) ? File.ReadAllText(path) : "";
    }

    private static Report Report(int? exitCode, IReadOnlyList<TestResult> tests, string? version = "1-1") =>
        new(DateTimeOffset.UnixEpoch, 5, tests, tests.Count, false, 0, exitCode, version);
}
