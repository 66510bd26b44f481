using Debci.Domain;

namespace Debci.EventLog.Tests;

/// <summary>What every engine promises. Each test has a log of its own.</summary>
public abstract class EventLogConformance
{
    private const string Stream = "run-1";

    /// <summary>A fresh log; and, asked again by the same test, another node on the same one.</summary>
    protected abstract Task<IEventLog> Node();

    [Fact]
    public async Task What_was_appended_is_read_back_whole_and_in_order()
    {
        var log = await Node();
        var events = Examples.Events(
            new RunEvent.Started(Examples.Run(1), 1, "w1", "fake"), new RunEvent.Lost(Examples.Run(1), 1, "w1"));

        var appended = await log.Append(Stream, 0, events);

        var stored = await log.ReadStream(Stream);
        Assert.Equal(events.Select(e => e.Id), stored.Select(e => e.Id));
        Assert.Equal(events.Select(e => e.Data), stored.Select(e => e.Decode()!));
        Assert.Equal([1, 2], stored.Select(e => e.Revision));
        Assert.Equal(events[0].Command, stored[0].Command());
        Assert.Equal((stored[1].Position, 2), (appended.Position, appended.Revision));
        Assert.Equal(stored[1].Position, await log.Head());
        Assert.Equal("run.lost.v1", Assert.Single(await log.ReadStream(Stream, afterRevision: 1)).Name);
        Assert.Equal(TimeSpan.Zero, stored[0].RecordedAt.Offset);
    }

    [Fact]
    public async Task A_stream_that_does_not_exist_is_empty_and_an_empty_log_begins_at_zero()
    {
        var log = await Node();
        Assert.Empty(await log.ReadStream("run-99"));
        Assert.Empty(await log.ReadAll(0, 10));
        Assert.Equal(0, await log.Head());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task An_append_at_another_revision_is_refused_and_stores_nothing(long expected)
    {
        var log = await Node();
        await log.Append(Stream, 0, Examples.Started(1));

        var moved = await Assert.ThrowsAsync<StreamMovedException>(() => log.Append(Stream, expected, Examples.Started(1, 2)));

        Assert.Equal(1, moved.Actual);
        Assert.Single(await log.ReadStream(Stream));
    }

    [Fact]
    public async Task A_repeated_append_answers_as_the_first_time_also_when_others_came_behind_it()
    {
        var log = await Node();
        var events = Examples.Started(1);
        var first = await log.Append(Stream, 0, events);
        await log.Append(Stream, 1, Examples.Events(new RunEvent.Lost(Examples.Run(1), 1, "w1")));

        Assert.Equal(first, await log.Append(Stream, 0, events));
        Assert.Equal(2, (await log.ReadStream(Stream)).Count);
    }

    [Fact]
    public async Task One_of_many_who_append_at_one_revision_wins_and_the_others_harm_nobody()
    {
        var log = await Node();
        var rivals = Enumerable.Range(0, 20).Select(_ => Try(log, Stream, 0));
        var bystanders = Enumerable.Range(100, 20).Select(i => Try(log, $"run-{i}", 0));

        var outcomes = await Task.WhenAll(rivals.Concat(bystanders));

        Assert.Equal(1, outcomes.Take(20).Count(won => won));
        Assert.All(outcomes.Skip(20), Assert.True);
    }

    [Fact]
    public async Task A_reader_sees_every_event_once_and_none_below_its_position_while_two_nodes_write()
    {
        var (one, two) = (await Node(), await Node());
        var writers = Enumerable.Range(0, 16).Select(w => Write(w % 2 == 0 ? one : two, w)).ToArray();
        var all = Task.WhenAll(writers);

        var seen = new List<RecordedEvent>();
        await using var wakeUp = await one.Subscribe();
        for (var finished = false; !finished;)
        {
            var written = all.IsCompleted; // looked at before the page: what was written by then is in it, or nowhere
            var page = await one.ReadAll(seen.Count == 0 ? 0 : seen[^1].Position, 37);
            seen.AddRange(page);
            finished = written && page.Count == 0;
            if (page.Count == 0 && !written)
                await wakeUp.Wait(TimeSpan.FromMilliseconds(100));
        }
        await all;

        Assert.Equal(16 * 50, seen.Count);
        Assert.Equal(seen.Count, seen.Select(e => e.Id).Distinct().Count());
        Assert.Equal(seen.Select(e => e.Position).Order(), seen.Select(e => e.Position));
        Assert.All(seen.GroupBy(e => e.Stream), s => Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), s.Select(e => e.Revision)));
        Assert.Empty(await one.ReadAll(seen[^1].Position, 10));
    }

    [Fact]
    public async Task Any_number_is_a_position_to_read_behind_though_no_event_has_it()
    {
        var log = await Node();
        for (var i = 0; i < 5; i++)
            await log.Append($"run-{i}", 0, Examples.Started(i));
        var all = await log.ReadAll(0, 10);
        foreach (var e in all)
        {
            Assert.Equal(e.Id, (await log.ReadAll(e.Position - 1, 1))[0].Id);
            Assert.Equal(all.Where(o => o.Position > e.Position + 1).Take(1).Select(o => o.Id), (await log.ReadAll(e.Position + 1, 1)).Select(o => o.Id));
        }
        Assert.Empty(await log.ReadAll(long.MaxValue, 10));
        Assert.Empty(await log.ReadAll(0, 0));
    }

    [Fact]
    public async Task No_event_is_dated_before_the_one_that_it_follows_and_a_stream_gives_the_same_times_as_the_whole_log()
    {
        var (one, two) = (await Node(), await Node());
        for (var i = 0; i < 20; i++)
            await (i % 2 == 0 ? one : two).Append($"run-{i % 3}", i / 3, Examples.Started(i % 3, i + 1));
        var all = await two.ReadAll(0, 100);
        Assert.Equal(all.Select(e => e.RecordedAt).Order(), all.Select(e => e.RecordedAt));
        foreach (var log in new[] { one, two, await Node() })
            Assert.Equal(all.Where(e => e.Stream == Stream).Select(e => (e.Id, e.Position, e.RecordedAt)), (await log.ReadStream(Stream)).Select(e => (e.Id, e.Position, e.RecordedAt)));
    }

    [Fact]
    public async Task A_conflict_is_none_for_the_one_who_caused_it_on_another_node_before_its_reply_was_lost()
    {
        var (one, two) = (await Node(), await Node());
        IReadOnlyList<NewEvent> events = [.. Examples.Started(1), .. Examples.Started(1, 2)];
        var first = await one.Append(Stream, 0, events);

        Assert.Equal(first, await two.Append(Stream, 0, events));
        await Assert.ThrowsAsync<StreamMovedException>(() => two.Append(Stream, 0, [.. Examples.Started(1), events[1]])); // not the very same
        Assert.Equal(2, (await two.ReadStream(Stream)).Count);
    }

    [Fact]
    public async Task Appends_wake_subscribers_of_every_node_and_a_signal_before_the_wait_is_kept()
    {
        var (one, two) = (await Node(), await Node());
        await using var wakeUp = await two.Subscribe();
        await Drain(wakeUp);

        await one.Append(Stream, 0, Examples.Started(1));

        await wakeUp.Wait(TimeSpan.FromSeconds(30));
        Assert.Single(await two.ReadAll(0, 10));
    }

    [Fact]
    public async Task There_is_one_leader_and_the_next_one_follows_when_it_steps_down()
    {
        var (one, two) = (await Node(), await Node());
        var first = await one.Lead("test");
        var second = two.Lead("test");
        Assert.False(second.IsCompleted);

        await first.DisposeAsync();

        await using var leadership = await second.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.False(leadership.Lost.IsCancellationRequested);
    }

    [Fact]
    public async Task Every_node_can_tell_whether_a_role_is_led()
    {
        var (one, two) = (await Node(), await Node());
        Assert.False(await two.IsLed("test"));

        await using (await one.Lead("test"))
            Assert.Equal((true, false), (await two.IsLed("test"), await two.IsLed("other")));

        Assert.False(await two.IsLed("test"));
    }

    [Fact]
    public async Task Text_that_no_database_can_hold_is_stored_without_what_it_cannot_hold()
    {
        var log = await Node();
        const string hostile = "a\0b\uD800c'; drop table x; --\u2028😀";
        await log.Append(Stream, 0, Examples.Events(new RunEvent.Lost(Examples.Run(1), 1, hostile)));

        var stored = (RunEvent.Lost)(await log.ReadStream(Stream))[0].Decode()!;

        Assert.Equal("ab\uFFFDc'; drop table x; --\u2028😀", stored.Worker);
    }

    [Fact]
    public async Task Nothing_and_too_much_are_refused()
    {
        var log = await Node();
        await Assert.ThrowsAsync<ArgumentException>(() => log.Append(Stream, 0, []));
        var words = Enumerable.Range(0, 100).Select(_ => (object)new RunEvent.Lost(Examples.Run(1), 1, new string('x', 9_999))).ToArray();
        await Assert.ThrowsAsync<ArgumentException>(() => log.Append(Stream, 0, Examples.Events(words)));
        Assert.Empty(await log.ReadStream(Stream));
    }

    [Fact]
    public async Task A_batch_of_many_thousands_fits_one_stream()
    {
        var log = await Node();
        var revision = 0L;
        for (var piece = 0; piece < 10; piece++)
        {
            var requests = Enumerable.Range(0, 1000).Select(i => (object)new BatchEvent.Requested(
                Examples.Run((piece * 1000) + i), "account", ["glibc/2.41-6"], [], [], 5)).ToArray();
            revision = (await log.Append("batch-1", revision, Examples.Events(requests))).Revision;
        }
        Assert.Equal(10_000, (await log.ReadStream("batch-1")).Count);
    }

    [Fact]
    public async Task A_time_leads_to_the_last_event_recorded_at_or_before_it_and_a_position_to_its_time()
    {
        var log = await Node();
        var moments = new Moments(log);
        Assert.Null(await moments.Find(DateTimeOffset.UtcNow));
        Assert.Null(await moments.TimeOf(1));
        for (var i = 0; i < 25; i++) // some of two events, which have one time
            await log.Append($"run-{i}", 0, i % 3 == 0 ? [.. Examples.Started(i), .. Examples.Started(i, 2)] : Examples.Started(i));

        var all = await log.ReadAll(0, 100);
        foreach (var e in all)
        {
            Assert.Equal(all.Last(o => o.RecordedAt <= e.RecordedAt).Position, (await moments.Find(e.RecordedAt))?.Position);
            Assert.Equal(all.LastOrDefault(o => o.RecordedAt < e.RecordedAt)?.Position, (await moments.Find(e.RecordedAt.AddTicks(-1)))?.Position);
            Assert.Equal(e.RecordedAt, await moments.TimeOf(e.Position));
        }
        var last = all[^1];
        Assert.Equal(new Moments.Place(last.Position, Settled: false), await moments.Find(last.RecordedAt));
        Assert.Equal(last.RecordedAt, await moments.TimeOf(last.Position + 1000)); // positions have gaps
        var later = await log.Append("run-99", 0, Examples.Started(99));
        var next = (await log.ReadAll(last.Position, 1))[0];
        Assert.Equal(new Moments.Place(later.Position, Settled: false), await moments.Find(next.RecordedAt.AddDays(1)));
        Assert.Equal(next.RecordedAt > last.RecordedAt, (await moments.Find(last.RecordedAt))!.Settled);
    }

    private static async Task<bool> Try(IEventLog log, string stream, long expected)
    {
        try
        {
            await log.Append(stream, expected, Examples.Started(1));
            return true;
        }
        catch (StreamMovedException)
        {
            return false;
        }
    }

    private static async Task Write(IEventLog log, int writer)
    {
        for (var i = 0; i < 50; i++)
            await log.Append($"run-{writer}", i, Examples.Started(writer, i + 1));
    }

    // The subscription itself may wake once, so that nothing that came before it is missed.
    private static Task Drain(IWakeUp wakeUp) => wakeUp.Wait(TimeSpan.FromMilliseconds(200));
}
