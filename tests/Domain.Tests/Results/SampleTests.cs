using static Debci.Domain.TestOutcome;

namespace Debci.Domain.Tests;

/// <summary>autopkgtest's own output for real packages (Samples/README.md).</summary>
public sealed class SampleTests
{
    [Theory]
    [InlineData("hello", Status.Pass, null, "All tests passed")]
    [InlineData("gzip", Status.Pass, null, "All tests passed")]
    [InlineData("libtry-tiny-perl", Status.Pass, null, "All tests passed")]
    [InlineData("figlet", Status.Fail, null, "Tests failed")]
    [InlineData("memcached", Status.Neutral, null, "No tests in this package or all skipped")]
    [InlineData("memcached-lxc", Status.Pass, null, "All tests passed", 0)]
    [InlineData("missing-package", Status.Tmpfail, Cause.SourceNotFound, "Unable to locate package no-such-package-xyz")]
    [InlineData("six", Status.Tmpfail, Cause.TestbedFailure, "rules extract failed with exit code 100 (apt failure)")]
    [InlineData("systemd", Status.Fail, null, "Tests failed, and at least one test skipped")]
    [InlineData("tiny-null", Status.Fail, null, "Tests failed, and at least one test skipped", 6)]
    public void Each_sample_has_its_verdict(string sample, Status status, Cause? cause, string gist, int? exitCode = null)
    {
        var verdict = Verdict.Of(ReportOf(sample, exitCode), SummaryOf(sample));
        Assert.Equal((status, cause), (verdict.Status, verdict.Cause));
        Assert.Contains(gist, verdict.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_outcome_is_read_for_each_test() => Assert.Equal(
        [
            new("pass", Pass), new("fail", Fail, "non-zero exit status 3"), new("skip77", Skip, "exit status 77 and marked as skippable"),
            new("flaky", Flaky, "non-zero exit status 1"), new("root", Pass), new("stderr", Fail, "stderr: oops"), new("stderrok", Pass),
            new("container", Fail, "stderr: + exec"), new("machine", Fail, "stderr: + exec"), new("cmd", Pass),
        ],
        SummaryOf("tiny-null").Tests);

    [Fact]
    public void A_superficial_pass_says_so() => Assert.Equal(
        [
            new("autodep8-perl-build-deps", Pass),
            new("autodep8-perl", Pass, "(superficial)"),
            new("autodep8-perl-recommends", Pass, "(superficial)"),
        ],
        SummaryOf("libtry-tiny-perl").Tests);

    [Fact]
    public void Tests_skipped_for_a_missing_capability_are_not_doubled()
    {
        var tests = SummaryOf("systemd").Tests;
        Assert.Equal(14, tests.Count);
        Assert.Equal(13, tests.Count(t => t.Result == Skip));
        Assert.Equal(new TestResult("unit-config", Fail, "non-zero exit status 1"), tests[^1]);
        Assert.Equal(["daemon", "client.pl"], SummaryOf("memcached").Tests.Select(t => t.Name));
    }

    [Fact]
    public void No_sample_has_a_line_in_no_known_form() =>
        Assert.All(Directory.GetDirectories(Samples), folder => Assert.Null(SummaryOf(Path.GetFileName(folder)).UnreadableLine));

    private static readonly string Samples = Path.Combine(AppContext.BaseDirectory, "Samples");

    private static Summary SummaryOf(string sample) => Summary.Parse(File.ReadAllText(Path.Combine(Samples, sample, "summary")));

    private static Report ReportOf(string sample, int? exitCode)
    {
        var version = Path.Combine(Samples, sample, "testpkg-version");
        return ResultExamples.Exit(
            exitCode ?? int.Parse(File.ReadAllText(Path.Combine(Samples, sample, "EXITCODE")), null),
            File.Exists(version) ? File.ReadAllText(version).Trim().Split(' ')[1] : null);
    }
}
