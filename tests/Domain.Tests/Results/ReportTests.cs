namespace Debci.Domain.Tests;

public sealed class ReportTests
{
    [Fact]
    public void Ordinary_tests_are_kept_up_to_a_thousand()
    {
        var tests = Enumerable.Range(0, 1200).Select(i => new TestResult($"test{i}", TestOutcome.Pass)).ToList();
        Assert.Equal(tests.Take(Report.MostTests), Report.Kept(tests));
    }

    [Fact]
    public void Tests_that_JSON_would_blow_up_are_kept_as_far_as_they_fit_one_append()
    {
        var tests = Enumerable.Range(0, 1000).Select(i => new TestResult($"test{i}", TestOutcome.Fail, new string('\u2028', 500))).ToList();
        var json = System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(Report.Kept(tests));
        Assert.InRange(json.Length, 300_000, 600_000);
    }
}
