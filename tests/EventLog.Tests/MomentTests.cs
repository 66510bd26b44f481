using Debci.Domain;
using Debci.EventLog.Memory;

namespace Debci.EventLog.Tests;

/// <summary>A moment is the last position that was recorded at or before it.</summary>
public sealed class MomentTests
{
    [Fact]
    public async Task Every_event_is_found_by_its_time_and_nothing_before_the_first()
    {
        var log = new MemoryEventLog();
        Assert.Equal(0, await new Moments(log).PositionAt(DateTimeOffset.MaxValue));
        for (var run = 1; run <= 50; run++)
            await log.Append($"run-{run}", 0, Examples.Events(Enumerable.Repeat<object>(new RunEvent.Lost(Examples.Run(run), 1, "w1"), 1 + (run % 3)).ToArray()));
        var all = await log.ReadAll(0, 1000);

        foreach (var e in all) // events of one append have one time: the last of them counts
            Assert.Equal(all.Last(o => o.RecordedAt == e.RecordedAt).Position, await new Moments(log).PositionAt(e.RecordedAt));
        Assert.Equal(0, await new Moments(log).PositionAt(all[0].RecordedAt.AddTicks(-1)));
        Assert.Equal(all[^1].Position, await new Moments(log).PositionAt(DateTimeOffset.MaxValue));
    }

    [Fact]
    public async Task A_position_between_two_events_means_the_one_before()
    {
        var connection = await (await Playground.PostgresCluster.Shared).NewDatabase("log", c => Marten.MartenLogSchema.Migrate(c));
        await using var database = Npgsql.NpgsqlDataSource.Create(connection);
        await using var log = new Marten.MartenEventLog(database);
        Assert.Equal(0, await new Moments(log).LastPosition(5));
        await log.Append("run-1", 0, Examples.Started(1));
        await using (var burn = database.CreateCommand("select setval('log.mt_events_sequence', 10000)"))
            await burn.ExecuteNonQueryAsync();
        await log.Append("run-2", 0, Examples.Started(2));

        foreach (var (position, last) in new[] { (0L, 0L), (1, 1), (2, 1), (5000, 1), (10_000, 1), (10_001, 10_001), (long.MaxValue, 10_001) })
            Assert.Equal(last, await new Moments(log).LastPosition(position));
        Assert.Equal(1, await new Moments(log).PositionAt((await log.ReadAll(0, 1))[0].RecordedAt));
        Assert.Equal(10_001, await new Moments(log).PositionAt(DateTimeOffset.MaxValue));
    }
}
