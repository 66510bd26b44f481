using Debci.Domain;
using Debci.EventLog.EventStore;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>Pages begin at any number, and nothing is dated before what it follows, though servers know neither.</summary>
public sealed class PlaceTests
{
    [Fact]
    public async Task Any_number_is_a_position_for_a_process_that_remembers_nothing_too()
    {
        await using var world = await Clustered.Start(1);
        await Fill(world.Open(), 2_500);
        var all = await world.Open().ReadAll(0, 10_000);
        var log = world.Open();
        foreach (var i in new[] { 0, 1, 998, 999, 1000, 1001, 1999, 2000, 2498 })
            foreach (var offset in new[] { -1, 0, 1 })
                Assert.Equal(all.First(e => e.Position > all[i].Position + offset).Id, (await log.ReadAll(all[i].Position + offset, 1))[0].Id);
        Assert.Empty(await log.ReadAll(all[^1].Position, 10));
        Assert.Empty(await log.ReadAll(all[^1].Position + 5, 10));
        Assert.Empty(await log.ReadAll(long.MaxValue, 10));
        Assert.Equal(all.Select(e => e.Id), (await InPages(log, 7)).Select(e => e.Id));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_dates_no_event_before_its_predecessor_and_everybody_reads_the_same_times()
    {
        await using var world = await Clustered.Start(1);
        var log = world.Open();
        await Fill(log, 1_100);
        world.Cluster.ClockOffset = TimeSpan.FromHours(-1);
        await Fill(log, 900, "later");
        world.Cluster.ClockOffset = TimeSpan.Zero;
        await log.Append("run-1", 0, Examples.Started(1));

        var all = await world.Open().ReadAll(0, 10_000);
        Assert.Equal(all.Select(e => e.RecordedAt).Order(), all.Select(e => e.RecordedAt));
        Assert.Equal(all.Select(e => e.RecordedAt), (await InPages(world.Open(), 333)).Select(e => e.RecordedAt));
        Assert.Equal(all[1_099].RecordedAt, all[1_500].RecordedAt);
        Assert.True(all[^1].RecordedAt >= all[^2].RecordedAt);
        foreach (var one in new[] { log, world.Open() })
            foreach (var stream in new[] { "batch-now-0", "batch-later-0", "run-1" })
                Assert.Equal(all.Where(e => e.Stream == stream).Select(e => e.RecordedAt), (await one.ReadStream(stream)).Select(e => e.RecordedAt));
    }

    [Fact]
    public async Task Marks_that_were_lost_are_made_again()
    {
        await using var world = await Clustered.Start(1);
        await Fill(world.Open(), 2_100);
        var all = await world.Open().ReadAll(0, 10_000);
        await Execute(world, "delete from log.marks");

        Assert.Equal(all[^1].Id, (await world.Open().ReadAll(all[^2].Position, 1))[0].Id);

        Assert.Equal(2, await Execute(world, "select count(*) from log.marks"));
        Assert.Equal(all[1_999].Position, await Execute(world, "select max(position) from log.marks"));
    }

    [Fact]
    public async Task Marks_of_a_time_that_a_restored_cluster_does_not_know_are_forgotten()
    {
        await using var world = await Clustered.Start(1);
        await Fill(world.Open(), 900);
        var count = world.Cluster.Count;
        await Fill(world.Open(), 1_200, "lost");
        var lost = await world.Open().ReadAll(0, 10_000);
        world.Cluster.CutTo(count);
        await Fill(world.Open(), 1_500, "anew");

        var readOnly = await world.OpenReadOnly().ReadAll(lost[^1].Position, 10_000).WaitAsync(TimeSpan.FromSeconds(30)); // it cannot forget them, and passes over them
        var behind = await world.Open().ReadAll(lost[^1].Position, 10_000);

        var all = await world.Open().ReadAll(0, 10_000);
        Assert.Equal(2_400, all.Count);
        Assert.DoesNotContain(all, e => e.Stream.StartsWith("batch-lost", StringComparison.Ordinal));
        Assert.Equal(all.Where(e => e.Position > lost[^1].Position).Select(e => e.Id), behind.Select(e => e.Id));
        Assert.Equal(behind.Select(e => e.Id), readOnly.Select(e => e.Id));
    }

    private static async Task<List<RecordedEvent>> InPages(EventStoreLog log, int most)
    {
        var all = new List<RecordedEvent>();
        while (await log.ReadAll(all.Count == 0 ? 0 : all[^1].Position, most) is { Count: > 0 } page)
            all.AddRange(page);
        return all;
    }

    // Some hundred events a stream.
    private static async Task Fill(EventStoreLog log, int events, string word = "now")
    {
        for (var stored = 0; stored < events; stored += 100)
            await log.Append($"batch-{word}-{stored}", 0, Examples.Events(Enumerable.Range(stored, Math.Min(100, events - stored))
                .Select(i => (object)new RunEvent.Lost(Examples.Run(i), 1, new string('w', 1 + (i % 9)))).ToArray()));
    }

    private static async Task<long> Execute(Clustered world, string sql)
    {
        await using var command = world.Database().CreateCommand(sql);
        return await command.ExecuteScalarAsync() as long? ?? 0;
    }
}
