using System.Collections.Concurrent;
using Debci.Domain;
using Debci.EventLog.EventStore;
using Debci.Playground;
using Debci.Playground.EventStore;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>What a caller may rely on when connections break and leaders change.</summary>
public sealed class FaultTests
{
    [Theory]
    [InlineData(Fault.BeforeStored)]
    [InlineData(Fault.AfterStored)]
    [InlineData(Fault.LeaderDiesAfterStored)]
    public async Task A_broken_append_is_stored_once_and_answered_as_if_nothing_had_been(Fault fault)
    {
        await using var world = await Clustered.Start();
        var log = world.Open();
        await log.Append("run-9", 0, Examples.Started(9));
        world.Cluster.Next(fault, fault);

        var one = await log.Append("run-1", 0, Examples.Started(1));
        var two = await log.Append("run-1", 1, [.. Examples.Started(1, 2), .. Examples.Started(1, 3)]);

        var stored = await log.ReadStream("run-1");
        Assert.Equal([1, 2, 3], stored.Select(e => e.Revision));
        Assert.Equal((new Appended(stored[0].Position, 1), new Appended(stored[2].Position, 3)), (one, two));
    }

    [Fact]
    public async Task A_lost_reply_behind_which_somebody_else_appended_is_no_conflict()
    {
        await using var world = await Clustered.Start();
        var (log, other) = (world.Open(), world.Open());
        var events = Examples.Started(1);
        var first = await log.Append("run-1", 0, events); // its reply is taken for lost
        await other.Append("run-1", 1, Examples.Started(1, 2));

        Assert.Equal(first, await log.Append("run-1", 0, events));
        Assert.Equal(2, (await Assert.ThrowsAsync<StreamMovedException>(() => log.Append("run-1", 0, Examples.Started(1)))).Actual);
    }

    [Fact]
    public async Task A_node_that_does_not_lead_names_the_leader_also_where_only_it_is_known()
    {
        await using var world = await Clustered.Start();
        var log = world.Open(world.Cluster.ConnectionTo(2));
        Assert.Equal(1, (await log.Append("run-1", 0, Examples.Started(1))).Revision);
        await world.Cluster.Elect();
        Assert.Equal(2, (await log.Append("run-1", 1, Examples.Started(1, 2))).Revision);
        Assert.Equal(2, (await log.ReadAll(0, 10)).Count);
    }

    [Fact]
    public async Task Without_a_leader_an_append_waits_for_the_next_one()
    {
        await using var world = await Clustered.Start();
        var log = world.Open();
        await log.Append("run-1", 0, Examples.Started(1));
        world.Cluster.Depose();
        var waiting = log.Append("run-1", 1, Examples.Started(1, 2));
        Assert.False(waiting.IsCompleted);

        await world.Cluster.Elect();

        Assert.Equal(2, (await waiting).Revision);
    }

    [Fact]
    public async Task Leaders_that_are_killed_one_after_the_other_cost_no_acknowledged_event_and_leave_no_double()
    {
        await using var world = await Clustered.Start();
        var (log, acknowledged) = (world.Open(), new ConcurrentDictionary<Guid, long>());
        await log.Append("run-99", 0, Examples.Started(99));
        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(() => Write(world.Open(), w, acknowledged))).ToArray();

        for (var killed = 0; killed < 3; killed++)
        {
            var before = acknowledged.Count;
            await Eventually.True("writers are in full flight", () => Task.FromResult(acknowledged.Count >= before + 40 || writers.All(w => w.IsCompleted)));
            await world.Cluster.Kill(killed);
            await world.Cluster.Elect();
            await world.Cluster.Revive(killed);
        }
        await Task.WhenAll(writers);

        var stored = (await world.Open().ReadAll(0, 10_000)).Where(e => e.Stream != "run-99").ToList();
        Assert.Equal(8 * 60, stored.Count);
        Assert.Equal(stored.Count, stored.Select(e => e.Id).Distinct().Count());
        Assert.All(stored, e => Assert.Equal(e.Position, acknowledged[e.Id]));
        Assert.All(stored.GroupBy(e => e.Stream), s => Assert.Equal(Enumerable.Range(1, 60).Select(i => (long)i), s.Select(e => e.Revision)));
    }

    [Fact]
    public async Task Who_waits_is_woken_again_after_the_node_that_woke_it_is_gone()
    {
        await using var world = await Clustered.Start();
        var log = world.Open();
        await using var wakeUp = await log.Subscribe();
        await world.Cluster.Kill(0);
        await world.Cluster.Elect();

        await log.Append("run-1", 0, Examples.Started(1));

        var seen = await log.Head();
        await Eventually.True("it is woken by what comes", async () =>
        {
            await log.Append($"run-{Guid.NewGuid()}", 0, Examples.Started(2));
            using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
            try
            {
                await wakeUp.Wait(Timeout.InfiniteTimeSpan, limit.Token);
                return (await log.ReadAll(seen, 1)).Count == 1;
            }
            catch (OperationCanceledException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task A_follower_that_is_behind_wakes_late_and_makes_no_page_incomplete()
    {
        await using var world = await Clustered.Start();
        var log = world.Open(world.Cluster.Connection("tls=false&nodePreference=follower"));
        world.Cluster.FallBehind(1);
        world.Cluster.FallBehind(2);
        await using var wakeUp = await log.Subscribe();
        await wakeUp.Wait(TimeSpan.FromSeconds(30)); // the subscription's own
        var appended = await log.Append("run-1", 0, Examples.Started(1));

        Assert.Single(await log.ReadAll(0, 10));
        Assert.Equal(appended.Position, await log.Head());
        var woken = wakeUp.Wait(TimeSpan.FromSeconds(30));
        Assert.False(woken.IsCompleted);
        world.Cluster.CatchUp(1);
        world.Cluster.CatchUp(2);
        await woken;
    }

    private static async Task Write(EventStoreLog log, int writer, ConcurrentDictionary<Guid, long> acknowledged)
    {
        for (var i = 0; i < 60; i++)
        {
            var events = Examples.Events(new RunEvent.Lost(Examples.Run(writer), i + 1, "w1"));
            acknowledged[events[0].Id] = (await log.Append($"run-{writer}", i, events)).Position;
        }
    }
}
