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
        Assert.Equal(0, await log.PositionAt(DateTimeOffset.MaxValue));
        for (var run = 1; run <= 50; run++)
            await log.Append($"run-{run}", 0, Examples.Events(Enumerable.Repeat<object>(new RunEvent.Lost(Examples.Run(run), 1, "w1"), 1 + (run % 3)).ToArray()));
        var all = await log.ReadAll(0, 1000);

        foreach (var e in all) // events of one append have one time: the last of them counts
            Assert.Equal(all.Last(o => o.RecordedAt == e.RecordedAt).Position, await log.PositionAt(e.RecordedAt));
        Assert.Equal(0, await log.PositionAt(all[0].RecordedAt.AddTicks(-1)));
        Assert.Equal(all[^1].Position, await log.PositionAt(DateTimeOffset.MaxValue));
    }
}
