namespace Debci.Domain.Tests;

public sealed class SupersedingTests
{
    [Theory]
    [InlineData("green/1", "green/2", true)]
    [InlineData("green/2", "green/2", false)]
    [InlineData("green/2", "green/1", false)]
    [InlineData("green/2~rc1", "green/2", true)]
    [InlineData("green/9", "green/1:1", true)]
    [InlineData("green/1", "blue/2", false)]
    [InlineData("green/1 blue/9", "green/2 blue/1", true)]
    [InlineData("blue/1 green/1", "green/2", false)]
    [InlineData("migration-reference/0", "migration-reference/0", false)]
    [InlineData("", "green/2", false)]
    [InlineData("green/1", "", false)]
    public void The_first_triggers_source_decides_by_dpkgs_order(string older, string newer, bool givesWay) =>
        Assert.Equal(givesWay, Superseding.GivesWay(Words(older), Words(newer)));

    private static string[] Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
