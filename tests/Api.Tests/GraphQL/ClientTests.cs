using System.Diagnostics;
using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>The clients that others use, as they come from their registry: tests/Clients holds the story that each goes through.</summary>
public sealed class ClientTests(OneServer one) : IClassFixture<OneServer>
{
    [ClientTheory]
    [InlineData("graphql-ws.js")]
    [InlineData("graphql-sse.js")]
    public async Task A_client_asks_follows_and_goes_on_behind_its_cursor_after_a_cut(string script)
    {
        using var client = Process.Start(new ProcessStartInfo(
            "node", [Repository.Path($"tests/Clients/{script}"), new Uri(one.Server.Address, "/graphql").ToString(), one.Server.RequestKey])
        { RedirectStandardError = true })!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var late = limit.Token.Register(client.Kill);
        var complaint = await client.StandardError.ReadToEndAsync(CancellationToken.None);
        await client.WaitForExitAsync(CancellationToken.None);
        Assert.True(client.ExitCode == 0, $"{script} ended with {client.ExitCode}{(limit.IsCancellationRequested ? ", killed after a minute" : "")}: {complaint}");
    }
}

/// <summary>A test with node and the clients: skipped with a sentence where they are missing, but not on CI, where it then fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ClientTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks once, when the tests are found.</summary>
    public ClientTheoryAttribute()
    {
        var path = Environment.GetEnvironmentVariable("PATH") ?? "";
        var there = path.Split(':').Any(folder => File.Exists(Path.Combine(folder, "node"))) && Directory.Exists(Repository.Path("tests/Clients/node_modules"));
        if (!there && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "The clients are not here: install nodejs and npm, and run `npm ci` in tests/Clients; ops/test does both.";
    }
}
