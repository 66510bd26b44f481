using System.Reflection;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;

namespace Debci.Api.Tests.Events;

/// <summary>Decisions are known by their places, and are read from the log in pages all the same.</summary>
public sealed class DecisionPagesTests : IAsyncLifetime
{
    private Server server = null!;

    public async Task InitializeAsync() => server = await Server.Start();

    public Task DisposeAsync() => server.DisposeAsync().AsTask();

    [Fact]
    public async Task What_stands_near_each_other_is_read_at_once()
    {
        for (var i = 0; i < 40; i++)
            await server.Client(server.RequestKey).Request($"p{i}");
        await Import.Importing.Passed(server);
        var log = DispatchProxy.Create<IEventLog, CountedReads>();
        var counted = (CountedReads)(object)log;
        counted.Log = server.Get<IEventLog>();
        var events = new EventsQueries(log, server.Get<EventVisibility>(), server.Get<RunsQueries>(), server.Get<DecisionsQueries>(), server.Get<Moments>(), server.Get<ReadPosition>());

        var found = await events.List(new EventFilter(Decisions: true), 0, 100, new Viewer(null, SeesAll: true));

        var expected = (await server.Get<IEventLog>().ReadAll(0, 1000)).Where(e => e.Name == "batch.accepted.v1").Select(e => e.Position).ToList();
        Assert.Equal(40, expected.Count);
        Assert.Equal(expected, found.Events.Select(e => e.Stored.Position));
        Assert.InRange(counted.Reads, 1, 2);
    }
}

/// <summary>A log that counts the pages that are read of it.</summary>
public class CountedReads : DispatchProxy
{
    /// <summary>The log itself.</summary>
    public IEventLog Log { get; set; } = null!;

    /// <summary>How many pages were read.</summary>
    public int Reads { get; private set; }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        Reads += targetMethod!.Name == nameof(IEventLog.ReadAll) ? 1 : 0;
        return targetMethod.Invoke(Log, args);
    }
}
