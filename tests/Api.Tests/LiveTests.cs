using Debci.Playground;

namespace Debci.Api.Tests;

/// <summary>The live feed under bad connections and slow readers.</summary>
public sealed class LiveTests : IAsyncLifetime
{
    private const int Many = 3000;
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start();

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task Whoever_is_cut_off_at_any_moment_and_resumes_sees_each_run_of_a_large_batch_once()
    {
        var anybody = server.Client();
        await using var first = await Subscription.Open(anybody);
        var (runs, _) = await server.Client(server.RequestKey).Request([.. Enumerable.Range(0, Many).Select(i => $"package{i}")]);
        var chance = new Random(7);
        var seen = new List<Change> { await first.Next(_ => true) };

        while (seen.Count < Many)
        {
            await using var cut = await Subscription.Open(anybody, seen[^1].Cursor);
            for (var left = chance.Next(1, 400); left > 0 && seen.Count < Many; left--)
                seen.Add(await cut.Next(_ => true));
        }

        Assert.Equal(runs.Select(r => $"{r}"), seen.Select(c => c.Run));
    }

    [Fact]
    public async Task A_reader_that_stops_reading_gets_the_rest_when_it_goes_on()
    {
        var anybody = server.Client();
        var (_, position) = await server.Client(server.RequestKey).Request("before");
        await server.Client(server.RequestKey).Request([.. Enumerable.Range(0, Many).Select(i => $"package{i}")]);
        await using var slow = await Subscription.Open(anybody, position);
        await using var quick = await Subscription.Open(anybody, position); // whose end tells that the slow one could have had all, too
        for (var i = 0; i < Many; i++)
            await quick.Next(_ => true);

        for (var i = 0; i < Many; i++)
            await slow.Next(_ => true);
    }
}
