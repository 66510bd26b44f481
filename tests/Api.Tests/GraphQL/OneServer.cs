using Debci.Playground;

namespace Debci.Api.Tests.GraphQL;

/// <summary>A server that the tests of a class share.</summary>
public sealed class OneServer : IAsyncLifetime
{
    public Server Server { get; private set; } = null!;

    public async Task InitializeAsync() => Server = await Server.Start();

    public Task DisposeAsync() => Server.DisposeAsync().AsTask();
}
