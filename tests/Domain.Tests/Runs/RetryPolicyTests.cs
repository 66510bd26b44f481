namespace Debci.Domain.Tests;

public sealed class RetryPolicyTests
{
    [Theory]
    [InlineData(Cause.SourceNotFound, null, false)]
    [InlineData(Cause.SourceNotFetched, 5, true)]
    [InlineData(Cause.TestbedFailure, 1, true)]
    [InlineData(Cause.TestbedNotReady, 5, true)]
    [InlineData(Cause.TriggerNotInArchive, 30, false)]
    [InlineData(Cause.UnexpectedExit, 1, true)]
    [InlineData(Cause.TimedOut, null, false)]
    [InlineData(Cause.LogTooLarge, null, false)]
    [InlineData(Cause.WorkerLost, 0, true)]
    public void A_first_attempt_is_followed_by_another_where_when_and_on_which_host_it_can_help(Cause cause, int? minutes, bool otherHost) =>
        Assert.Equal(minutes is null ? null : new Retry(TimeSpan.FromMinutes(minutes.Value), otherHost), RetryPolicy.Default.After(cause, 1));

    [Fact]
    public void No_cause_is_tried_more_often_than_the_cap() =>
        Assert.All(Enum.GetValues<Cause>(), cause => Assert.Null(RetryPolicy.Default.After(cause, 3)));

    [Fact]
    public void What_ends_unexpectedly_twice_does_so_by_itself() => Assert.Null(RetryPolicy.Default.After(Cause.UnexpectedExit, 2, unexpected: 1));

    [Fact]
    public void Once_after_another_mishap_is_not_twice() => Assert.NotNull(RetryPolicy.Default.After(Cause.UnexpectedExit, 2));
}
