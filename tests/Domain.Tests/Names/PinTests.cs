namespace Debci.Domain.Tests;

public sealed class PinTests
{
    public static TheoryData<string> Hostile => HostileText.Names;

    [Fact]
    public void A_pin_is_written_as_autopkgtest_reads_it()
    {
        var pin = new Pin(["src:green", "libblue1"], "unstable");
        Assert.True(pin.IsReadable());
        Assert.Equal("unstable=src:green,libblue1", pin.ToString());
    }

    [Fact]
    public void A_pin_of_nothing_is_unreadable() => Assert.False(new Pin([], "unstable").IsReadable());

    [Theory]
    [InlineData("src:")]
    [InlineData("bin:green")]
    [InlineData("src:src:green")]
    [InlineData("green,blue")]
    [InlineData("green=1")]
    public void A_pin_of_no_package_is_unreadable(string package) => Assert.False(new Pin([package], "unstable").IsReadable());

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_package_or_suite_makes_it_unreadable(string text)
    {
        Assert.False(new Pin(["green", text], "unstable").IsReadable());
        Assert.False(new Pin(["src:" + text], "unstable").IsReadable());
        Assert.False(new Pin(["src:green"], text).IsReadable());
    }
}
