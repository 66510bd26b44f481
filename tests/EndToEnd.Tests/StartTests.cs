namespace Debci.EndToEnd.Tests;

public sealed class StartTests
{
    [Fact]
    public async Task A_taken_port_is_one_sentence()
    {
        await using var world = await World.Create();
        var (code, words) = await world.StartSecondServer();
        Assert.Equal(1, code);
        Assert.EndsWith("Stop what listens there, or choose another address in [server] listen.", Assert.Single(words.Trim().Split('\n')), StringComparison.Ordinal);
    }
}
