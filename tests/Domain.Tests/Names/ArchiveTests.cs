namespace Debci.Domain.Tests;

public sealed class ArchiveTests
{
    private static readonly Archive Debian = new(
        new HashSet<string> { "unstable", "testing" }, new HashSet<string> { "amd64" },
        new HashSet<string> { "lxc" }, new HashSet<string>());

    [Fact]
    public void What_the_archive_has_is_taken()
    {
        Assert.Null(Debian.CheckSuite("testing"));
        Assert.Null(Debian.CheckArch("amd64"));
        Assert.Null(Debian.CheckBackend("lxc"));
    }

    [Fact]
    public void What_it_lacks_is_refused_with_what_it_has_in_order() => Assert.Equal(
        new Refusal(RefusalCode.UnknownSuite, "There is no suite \"sarge\" here; there are testing, unstable.", "suite"),
        Debian.CheckSuite("sarge", "suite"));

    [Theory]
    [InlineData("AMD64")]
    [InlineData("amd64\n")]
    [InlineData("amd64\0")]
    [InlineData("")]
    public void An_arch_is_compared_to_the_letter(string arch) =>
        Assert.Equal(RefusalCode.UnknownArch, Debian.CheckArch(arch)?.Code);

    [Fact]
    public void A_backend_that_it_lacks_is_refused() => Assert.Equal(RefusalCode.UnknownBackend, Debian.CheckBackend("null")?.Code);
}
