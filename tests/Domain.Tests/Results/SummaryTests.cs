namespace Debci.Domain.Tests;

public sealed class SummaryTests
{
    [Fact]
    public void A_line_names_a_test_its_outcome_and_a_reason() => Assert.Equal(
        new TestResult("smoke", TestOutcome.Fail, "stderr: oops  twice"),
        Assert.Single(Summary.Parse("smoke                FAIL stderr: oops  twice\n").Tests));

    [Fact]
    public void Nothing_is_in_an_empty_summary()
    {
        var summary = Summary.Parse("\n\n");
        Assert.Equal((0, null, null), (summary.Tests.Count, summary.Complaint, summary.UnreadableLine));
    }

    [Fact]
    public void A_package_without_tests_is_known_by_its_asterisk()
    {
        Assert.True(Summary.Parse("*                    SKIP no tests in this package\n").HasNoTests);
        Assert.False(Summary.Parse("smoke PASS\n").HasNoTests);
    }

    [Fact]
    public void A_name_that_stands_twice_is_two_tests() => Assert.Equal(2, Summary.Parse("smoke PASS\nsmoke PASS\n").Tests.Count);

    [Fact]
    public void A_skip_for_other_reasons_that_stands_twice_is_two_tests() =>
        Assert.Equal(2, Summary.Parse("smoke SKIP exit status 77\nsmoke SKIP exit status 77\n").Tests.Count);

    [Fact]
    public void The_first_complaint_is_kept_and_its_further_lines_are_not_errors()
    {
        var summary = Summary.Parse(
            "blame: green\nbadpkg: Test dependencies are unsatisfiable.\nA common reason is …\nerroneous package: again\n");
        Assert.Equal("badpkg: Test dependencies are unsatisfiable.", summary.Complaint);
        Assert.Null(summary.UnreadableLine);
    }

    [Theory]
    [InlineData("smoke OK")]
    [InlineData("smoke pass")]
    [InlineData("smoke PASSED")]
    [InlineData("smoke")]
    [InlineData(" PASS")]
    [InlineData("PASS")]
    [InlineData("two words PASS")]
    public void A_line_in_no_known_form_is_kept(string line)
    {
        var summary = Summary.Parse($"fine PASS\n{line}\nother PASS\n");
        Assert.Equal(line, summary.UnreadableLine);
        Assert.Equal(2, summary.Tests.Count);
    }

    [Fact]
    public void Names_and_reasons_have_a_cap()
    {
        var test = Assert.Single(Summary.Parse($"{new string('n', 10_000)} FAIL {new string('r', 10_000)}").Tests);
        Assert.Equal((200, 500), (test.Name.Length, test.Detail!.Length));
    }
}
