namespace Debci.Domain.Tests;

public sealed class FleetSizeTests
{
    [Theory]
    [InlineData(0, 0, 600.0, 0)]
    [InlineData(0, 5, 600.0, 5)]
    [InlineData(1, 0, 600.0, 1)]
    [InlineData(1000, 10, 600.0, 344)] // 1,000 runs of ten minutes within half an hour
    [InlineData(3, 0, 36_000.0, 3)]    // never more than there are runs
    [InlineData(1, 0, 0.0, 1)]         // runs that take no time want a place as well
    [InlineData(7, 2, null, 9)]
    public void As_many_are_wanted_as_start_what_waits_within_the_target(long pending, long running, double? seconds, long wanted) =>
        Assert.Equal(wanted, FleetSize.Wanted(pending, running, seconds, 1800));
}
