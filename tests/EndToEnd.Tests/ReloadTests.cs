using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Debci.Playground;

namespace Debci.EndToEnd.Tests;

/// <summary>SIGHUP: the configuration is read again while the server runs.</summary>
[Collection("processes")]
public sealed class ReloadTests
{
    [Fact]
    public async Task A_suite_is_added_by_configuration_and_reload_and_a_mistake_changes_nothing()
    {
        await using var world = await World.Create();
        Assert.Equal("UNKNOWN_SUITE", await Request(world));

        await File.WriteAllTextAsync(world.ConfigurationFile, "[suites.experimental]\ngating = false\n[reject]\n\"linux*\" = \"it boots the host\"\n");
        await Reload(world);
        await Eventually.True("the suite is there", async () => await Request(world) == "accepted");
        Assert.Equal("REJECTED", await Request(world, "linux-signed"));

        await File.WriteAllTextAsync(world.ConfigurationFile, "[suites.other]\n[nonsense]\nkey = 1\n");
        await Reload(world);
        await File.WriteAllTextAsync(world.ConfigurationFile, "[suites.experimental]\n"); // and behind the mistake, the next one
        await Reload(world);
        await Eventually.True("the last one counts", async () => await Request(world, "linux-signed") == "accepted");
        Assert.DoesNotContain("other", $"{await world.Anybody.Data("{ server { suites } }")}", StringComparison.Ordinal);
    }

    private static async Task Reload(World world) =>
        await Process.Start("kill", ["-HUP", world.Server.Id.ToString(CultureInfo.InvariantCulture)]).WaitForExitAsync();

    private static async Task<string?> Request(World world, string package = "hello")
    {
        var data = await world.Requester.Data(
            "mutation ($p: String!) { requestRuns(input: {tests: [{package: $p, suite: \"experimental\", arch: \"amd64\"}]}) { ... on BatchAccepted { runs } ... on Refused { code } } }", new { p = package });
        return data.GetProperty("requestRuns").TryGetProperty("code", out JsonElement code) ? code.GetString() : "accepted";
    }
}
