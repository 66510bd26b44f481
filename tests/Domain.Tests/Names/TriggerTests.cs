namespace Debci.Domain.Tests;

public sealed class TriggerTests
{
    public static TheoryData<string> Hostile => HostileText.Names;

    [Theory]
    [InlineData("glibc/2.41-6", "glibc", "2.41-6")]
    [InlineData("git/1:2.53.0-1", "git", "1:2.53.0-1")]
    [InlineData(Trigger.Reference, "migration-reference", "0")]
    public void A_trigger_is_a_source_and_its_version(string text, string source, string version)
    {
        var trigger = Trigger.TryParse(text);
        Assert.Equal(new Trigger(source, version), trigger);
        Assert.Equal(text, trigger!.ToString());
    }

    [Theory]
    [InlineData("glibc")]
    [InlineData("glibc/")]
    [InlineData("/2.41-6")]
    [InlineData("/")]
    [InlineData("glibc/2.41-6/amd64")]
    [InlineData("../glibc/2.41-6")]
    [InlineData("glibc 2.41-6")]
    [InlineData("glibc/2.41-6\n")]
    [InlineData("glibc/2.41-6 gcc/15")]
    [InlineData("Glibc/2.41-6")]
    public void Anything_else_is_none(string text) => Assert.Null(Trigger.TryParse(text));

    [Theory]
    [MemberData(nameof(Hostile))]
    public void A_hostile_source_or_version_is_none(string text)
    {
        Assert.Null(Trigger.TryParse($"{text}/1"));
        Assert.Null(Trigger.TryParse($"green/{text}"));
    }
}
