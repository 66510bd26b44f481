using System.Text.RegularExpressions;
using CsCheck;

namespace Debci.Domain.Tests;

public sealed partial class VerdictTests
{
    private static readonly int[] Exits = [.. Enumerable.Range(0, 21), 100, 137, 255];

    // The lines that autopkgtest writes for each code that it documents.
    [Theory]
    [InlineData(0, "a PASS", Status.Pass, null)]
    [InlineData(2, "a PASS\nb SKIP no reason", Status.Pass, null)]
    [InlineData(2, "a PASS\nb FLAKY no reason", Status.Pass, null)]
    [InlineData(4, "a FAIL no reason", Status.Fail, null)]
    [InlineData(6, "a FAIL no reason\nb SKIP no reason", Status.Fail, null)]
    [InlineData(8, "* SKIP no tests in this package", Status.Neutral, null)]
    [InlineData(8, "a PASS (superficial)", Status.Neutral, null)]
    [InlineData(8, "a FLAKY no reason", Status.Neutral, null)]
    [InlineData(12, "a FAIL badpkg\nblame: green\nbadpkg: unsatisfiable", Status.Fail, null)]
    [InlineData(14, "a FAIL badpkg\nblame: green\nbadpkg: unsatisfiable\nb SKIP no reason", Status.Fail, null)]
    [InlineData(16, "testbed failure: sent `copyup', got `timeout'", Status.Tmpfail, Cause.TestbedFailure)]
    [InlineData(4, "a FAIL no reason\ntestbed failure: testbed auxverb failed", Status.Tmpfail, Cause.TestbedFailure)]
    [InlineData(20, "quitting: unexpected error, see log", Status.Tmpfail, Cause.UnexpectedExit)]
    public void A_documented_exit_code_with_its_lines_has_its_status(int exit, string lines, Status status, Cause? cause)
    {
        var verdict = Of(exit, lines);
        Assert.Equal((status, cause), (verdict.Status, verdict.Cause));
    }

    [Fact]
    public void An_undocumented_exit_code_is_a_tmpfail_whatever_the_lines_say()
    {
        foreach (var exit in Exits.Except([0, 2, 4, 6, 8, 12, 14, 16]))
            IsTmpfail(Cause.UnexpectedExit, $"Unexpected autopkgtest exit code {exit}", Of(exit, "a PASS"));
    }

    [Theory]
    [InlineData(0, "")]
    [InlineData(0, "a FAIL")]
    [InlineData(0, "a PASS\nb FAIL")]
    [InlineData(0, "a SKIP")]
    [InlineData(0, "a PASS\nb SKIP")]
    [InlineData(0, "a PASS\nb FLAKY")]
    [InlineData(0, "a PASS\nbadpkg: no")]
    [InlineData(2, "")]
    [InlineData(2, "a PASS")]
    [InlineData(2, "a SKIP")]
    [InlineData(2, "a PASS\nb SKIP\nc FAIL")]
    [InlineData(2, "a PASS\nb SKIP\ntestbed failure: no")]
    [InlineData(4, "")]
    [InlineData(4, "a PASS")]
    [InlineData(6, "a SKIP")]
    [InlineData(8, "a FAIL")]
    [InlineData(8, "a SKIP\nerroneous package: no")]
    public void A_contradiction_is_a_tmpfail(int exit, string lines) =>
        IsTmpfail(Cause.UnexpectedExit, $"Exit code {exit} contradicts the summary", Of(exit, lines));

    [Fact]
    public void A_line_in_no_known_form_is_never_a_pass() => Assert.All(Exits, exit =>
        Assert.NotEqual(Status.Pass, Of(exit, "a PASS\nb SKIP\nwhat is this\nc PASS").Status));

    [Theory]
    [InlineData("E: You must put some 'deb-src' URIs in your sources.list")]
    [InlineData("E: You must put some 'source' or 'deb-src' URIs in your sources.list: Unable to find a source package")]
    public void A_testbed_without_deb_src_is_not_the_packages_fault(string complaint)
    {
        Assert.Equal(Cause.TestbedFailure, Of(12, $"blame: green\nbadpkg: apt-get source failed: {complaint}", version: null).Cause);
        Assert.Equal(Cause.TestbedFailure, Of(12, $"badpkg: apt-get source failed: {complaint}").Cause);
    }

    [Theory]
    [InlineData("badpkg: apt-cache showsrc didn't succeed: W: Unable to locate package green", Cause.SourceNotFound)]
    [InlineData("badpkg: E: Unable to find a source package for green", Cause.SourceNotFound)]
    [InlineData("badpkg: N: No packages found", Cause.SourceNotFound)]
    [InlineData("badpkg: rules extract failed with exit code 1", Cause.SourceNotFetched)]
    [InlineData("", Cause.SourceNotFetched)]
    public void Without_a_version_the_package_was_never_tested(string lines, Cause cause)
    {
        IsTmpfail(cause, lines, Of(12, lines, version: null));
        IsTmpfail(Cause.SourceNotFetched, "version is unknown", Of(0, "a PASS", version: null));
    }

    [Fact]
    public void A_run_that_timed_out_is_a_tmpfail_even_after_a_pass()
    {
        var verdict = Verdict.Of(ResultExamples.Exit(0) with { TimedOut = true }, Summary.Parse("a PASS"));
        IsTmpfail(Cause.TimedOut, "longer than it may", verdict);
    }

    [Fact]
    public void A_test_that_was_ended_for_its_log_is_told_from_one_that_ended_by_accident()
    {
        var verdict = Verdict.Of(ResultExamples.Exit(null) with { LogTooLarge = true }, Summary.Parse(""));
        IsTmpfail(Cause.LogTooLarge, "more log than a run may", verdict);
    }

    [Fact]
    public void A_run_without_an_exit_code_is_a_tmpfail() => Assert.Equal(Cause.UnexpectedExit, Of(null, "a PASS").Cause);

    [Fact]
    public void Garbage_never_crashes_and_is_a_pass_only_where_every_line_is_known() =>
        Gen.Select(Gen.OneOf(Exits), GarbageLine.List[0, 6]).Sample((exit, lines) =>
        {
            var verdict = Of(exit, string.Join('\n', lines));
            Assert.Equal(verdict.Status == Status.Tmpfail, verdict.Cause is not null);
            if (verdict.Status == Status.Pass)
                Assert.All(lines, line => Assert.Matches(KnownLine(), line));
        }, iter: 20_000);

    private static readonly Gen<string> GarbageLine = Gen.Frequency(
        (4, Gen.OneOf("a PASS", "a PASS (superficial)", "b SKIP no reason", "c FLAKY", "")),
        (1, Gen.OneOf("d FAIL", "blame: x", "badpkg: y", "quitting: z", "testbed failure: t", "Erroneous Package: e")),
        (1, Gen.Select(Gen.OneOf("a", "", "*", "é\ud800"), Gen.OneOf(" ", "\t", "\0", "\u00a0"), Gen.String, (a, b, c) => a + b + c)),
        (1, Gen.String));

    // Of those that are known, only tests' lines may stand in a pass; a stray CR or blank at the end of a line is forgiven.
    [GeneratedRegex(@"\A(\S+\s+(PASS|SKIP|FLAKY)(\s[^\n]*)?|blame:.*|\s*)\z", RegexOptions.Singleline)]
    private static partial Regex KnownLine();

    private static Verdict Of(int? exit, string lines, string? version = "1.0-1") =>
        Verdict.Of(ResultExamples.Exit(exit, version), Summary.Parse(lines));

    private static void IsTmpfail(Cause cause, string gist, Verdict verdict)
    {
        Assert.Equal((Status.Tmpfail, (Cause?)cause), (verdict.Status, verdict.Cause));
        Assert.Contains(gist, verdict.Message, StringComparison.Ordinal);
    }
}
