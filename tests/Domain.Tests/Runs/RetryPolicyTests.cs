namespace Debci.Domain.Tests;

public sealed class RetryPolicyTests
{
    [Theory]
    [InlineData(Cause.SourceNotFound, false)]
    [InlineData(Cause.SourceNotFetched, true)]
    [InlineData(Cause.TestbedFailure, true)]
    [InlineData(Cause.UnexpectedExit, true)]
    [InlineData(Cause.TimedOut, false)]
    [InlineData(Cause.WorkerLost, true)]
    public void A_first_attempt_is_followed_by_another_only_where_it_can_help(Cause cause, bool triesAgain) =>
        Assert.Equal(triesAgain, RetryPolicy.Default.TriesAgain(cause, 1));

    [Fact]
    public void No_cause_is_tried_more_often_than_the_cap() =>
        Assert.All(Enum.GetValues<Cause>(), cause => Assert.False(RetryPolicy.Default.TriesAgain(cause, 3)));
}
