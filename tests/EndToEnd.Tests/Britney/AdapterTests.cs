using Debci.Playground;

namespace Debci.EndToEnd.Tests.Britney;

/// <summary>The adapter's own tests, in its own language.</summary>
public sealed class AdapterTests
{
    [Fact]
    public async Task They_pass()
    {
        var (code, said) = await Gatekeeper.TryRun(Repository.Path("ops/britney"), ["/usr/bin/python3", "-m", "unittest", "-v"]);
        Assert.True(code == 0, said);
    }
}
