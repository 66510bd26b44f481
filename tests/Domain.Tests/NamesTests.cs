using System.Text;

namespace Debci.Domain.Tests;

public sealed class NamesTests
{
    private static readonly Archive Archive = new(
        new HashSet<string> { "testing" }, new HashSet<string> { "amd64" }, new HashSet<string> { "lxc" }, new HashSet<string> { "unstable" });

    [Theory]
    [InlineData("hello")]
    [InlineData("0ad")]
    [InlineData("libstdc++6")]
    [InlineData("389-ds-base")]
    [InlineData("a.b+c-d")]
    public void Names_of_source_packages_are_taken(string name) => Assert.True(Names.IsPackage(name));

    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("Hello")]
    [InlineData("-rf")]
    [InlineData("../etc")]
    [InlineData("a/b")]
    [InlineData("hello\n")]
    [InlineData("hel\0lo")]
    [InlineData("hällo")]
    [InlineData(".hidden")]
    public void What_is_none_is_not(string name) => Assert.False(Names.IsPackage(name) || Trigger.TryParse($"{name}/1") is not null);

    [Theory]
    [InlineData("glibc/2.41-6")]
    [InlineData("migration-reference/0")]
    [InlineData("vim/2:9.1.0016-1")]
    [InlineData("a56/1.3+dfsg-14")]
    [InlineData("linux/6.1~rc1-1~exp1")]
    public void Triggers_are_read_and_written_as_they_were(string text) => Assert.Equal(text, Trigger.TryParse(text)!.ToString());

    [Theory]
    [InlineData("glibc")]
    [InlineData("glibc/")]
    [InlineData("/1")]
    [InlineData("glibc/1/2")]
    [InlineData("glibc/$(reboot)")]
    [InlineData("glibc/1 2")]
    [InlineData("glibc/-1")]
    public void What_is_no_trigger_is_not_read(string text) => Assert.Null(Trigger.TryParse(text));

    [Theory]
    [InlineData("hello", "h")]
    [InlineData("libpng1.6", "libp")]
    [InlineData("lib", "l")]
    [InlineData("libx", "libx")]
    public void The_folder_of_a_package_is_as_in_the_pool(string package, string prefix) => Assert.Equal(prefix, Names.Prefix(package));

    [Fact]
    public void A_request_says_what_is_wrong_with_it_and_where()
    {
        var good = new TestRequest("hello", "testing", "amd64", ["glibc/2.41-6"], [new Pin(["src:glibc"], "unstable")], ["unstable"], "lxc", 5, false);
        Assert.Null(good.Check(Archive, "tests[0]"));

        Assert.Equal("tests[0].suite", (good with { Suite = "..", }).Check(Archive, "tests[0]")!.Path);
        Assert.Equal(RefusalCode.UnknownArch, (good with { Arch = "vax" }).Check(Archive, "t")!.Code);
        Assert.Equal(RefusalCode.UnknownBackend, (good with { Backend = "magic" }).Check(Archive, "t")!.Code);
        Assert.Equal(RefusalCode.TooLarge, (good with { Triggers = [.. Enumerable.Repeat("a1/1", 501)] }).Check(Archive, "t")!.Code);
        Assert.Equal("t.pins", (good with { Pins = [new Pin(["--help"], "unstable")] }).Check(Archive, "t")!.Path);
        Assert.Equal("t.priority", (good with { Priority = 0 }).Check(Archive, "t")!.Path);
    }

    [Fact]
    public void Hostile_text_is_quoted_short_and_without_control()
    {
        var quoted = StoredText.Quote("\x1b[2J\n" + new string('x', 10_000));
        Assert.DoesNotContain(quoted, char.IsControl);
        Assert.InRange(quoted.Length, 1, 70);
    }

    [Fact]
    public void Stored_text_loses_what_cannot_be_stored_and_keeps_the_rest()
    {
        Assert.Equal("ab\uFFFDc😀", StoredText.Clean("a\0b\uD800c😀", 100));
        Assert.Equal("a", StoredText.Clean("a😀", 2)); // never half a character
        Assert.Equal(Encoding.UTF8.GetByteCount("x"), StoredText.Clean("x", 1).Length);
    }

    [Fact]
    public void Name_based_ids_are_those_of_the_standard() => // RFC 9562, appendix A.4
        Assert.Equal(Guid.Parse("2ed6657d-e927-568b-95e1-2665a8aea6a2"), Uuid5.Create(Guid.Parse("6ba7b810-9dad-11d1-80b4-00c04fd430c8"), "www.example.com"));
}
