using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Dispatch;

/// <summary>In which order runs are given out, and what the queue says of it.</summary>
public sealed class OrderTests : Dispatching
{
    [Fact]
    public async Task A_single_run_does_not_wait_behind_another_requesters_burst()
    {
        var burst = await Queue(Alice, [.. Enumerable.Range(0, 200).Select(i => Test($"burst{i}", "python3-defaults/3.14"))]);
        Assert.Equal(burst[0], await Take("w1"));
        var single = (await Queue(Bob, Test("hello")))[0];
        Assert.Equal(single, await Take("w2"));
        Assert.Equal(burst[1], await Take("w3"));
    }

    [Fact]
    public async Task Neither_behind_a_burst_of_many_triggers()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 200).Select(i => Test($"burst{i}", $"burst{i}/2"))]);
        await Take("w1");
        var single = (await Queue(Bob, Test("hello")))[0];
        Assert.Contains(single, new[] { await Take("w2"), await Take("w3") });
    }

    [Fact]
    public async Task A_burst_that_was_paused_does_not_go_before_everybody_when_it_goes_on()
    {
        await Do(Operator, "pause(kind: SUITE, name: \"unstable\")");
        await Queue(Alice, [.. Enumerable.Range(0, 100).Select(i => Test($"paused{i}", "perl/5.42", suite: "unstable"))]);
        await Queue(Alice, [.. Enumerable.Range(0, 60).Select(i => Test($"other{i}", "glibc/2"))]);
        for (var i = 0; i < 50; i++)
            await Take($"w{i}"); // meanwhile the clock goes on
        await Do(Operator, "unpause(kind: SUITE, name: \"unstable\")");
        var single = (await Queue(Bob, Test("hello")))[0];
        Assert.Contains(single, new[] { await Take("x1"), await Take("x2"), await Take("x3") });
    }

    [Fact]
    public async Task Neither_in_front_of_it_while_it_was_queued_before_the_pause()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 100).Select(i => Test($"paused{i}", "perl/5.42", suite: "unstable"))]);
        await Do(Operator, "pause(kind: SUITE, name: \"unstable\")");
        await Queue(Alice, [.. Enumerable.Range(0, 60).Select(i => Test($"other{i}", "glibc/2"))]);
        for (var i = 0; i < 50; i++)
            await Take($"w{i}");
        var late = (await Queue(Bob, Test("late", suite: "unstable")))[0]; // no need to wait for what went on before it came
        await Do(Operator, "unpause(kind: SUITE, name: \"unstable\")");
        var single = (await Queue(Bob, Test("hello")))[0];
        List<long?> taken = [];
        for (var i = 0; i < 6; i++)
            taken.Add(await Take($"x{i}"));
        Assert.Contains(single, taken);
        Assert.Contains(late, taken);
    }

    [Fact]
    public async Task A_single_run_for_few_workers_does_not_wait_behind_a_bursts_rest_for_them()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 60).Select(i => Test($"burst{i}", "perl/5.42", backend: i % 2 == 0 ? "qemu" : null))]);
        Assert.NotNull(await Take("q1", backends: "qemu"));
        for (var i = 0; i < 30; i++)
            Assert.NotNull(await Take($"w{i}")); // the plain ones are all given out
        var single = (await Queue(Bob, Test("hello", backend: "qemu")))[0];
        Assert.Contains(single, new[] { await Take("q2", backends: "qemu"), await Take("q3", backends: "qemu") });
    }

    [Fact]
    public async Task A_burst_that_had_no_workers_for_long_does_not_go_before_everybody_when_they_come()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 30).Select(i => Test($"waiting{i}", "perl/5.42", backend: "qemu"))]);
        await Queue(Alice, [.. Enumerable.Range(0, 40).Select(i => Test($"plain{i}", "glibc/2"))]);
        for (var i = 0; i < 40; i++)
            Assert.NotNull(await Take($"w{i}"));
        long[] singles = [.. await Queue(Bob, Test("hello")), .. await Queue(Bob, Test("hello", backend: "qemu"))];
        List<long?> taken = [];
        for (var i = 0; i < 4; i++)
        {
            taken.Add(await Take($"both{i}", backends: "fake qemu"));
            await Passed(); // a turn is over when the rows have the start
        }
        Assert.Subset(taken.ToHashSet(), singles.Select(s => (long?)s).ToHashSet());
    }

    [Fact]
    public async Task A_worker_of_two_architectures_takes_turns_between_them()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 40).Select(i => Test($"old{i}", $"old{i}/1"))]);
        var single = (await Queue(Bob, Test("hello", arch: "arm64", priority: 1)))[0];
        var first = await Take("w1", "amd64 arm64");
        await Passed(); // a turn is over when the rows have the start
        Assert.Contains(single, new[] { first, await Take("w2", "amd64 arm64") });
    }

    [Fact]
    public async Task A_burst_that_is_asked_for_again_with_more_priority_still_stands_in_a_row()
    {
        var burst = Enumerable.Range(0, 40).Select(i => Test($"burst{i}", "perl/5.42")).ToArray();
        await Queue(Alice, burst);
        var more = burst.Select(t => new Dictionary<string, object?>(t) { ["priority"] = 6 });
        await Passed((await Ask(Alice, more)).GetProperty("position").GetString()!);
        var single = (await Queue(Bob, Test("hello")))[0];
        Assert.Contains(single, new[] { await Take("w1"), await Take("w2"), await Take("w3"), await Take("w4") });
    }

    [Fact]
    public async Task Attempts_that_come_back_give_their_requester_no_place_before_others()
    {
        var first = (await Queue(Alice, Test("first", "perl/5.42")))[0];
        Assert.Equal(first, await Take("w1"));
        for (var i = 0; i < 70; i++) // the clock passes the end of its flow, which is forgotten
        {
            await Queue(Bob, Test($"step{i}"));
            Assert.NotNull(await Take($"s{i}"));
        }
        using var failed = await Workers.Report(first, exitCode: 16, summary: "", version: "");
        await Passed();
        await Queue(Alice, Test("second", "perl/5.42"));
        Assert.NotNull(await Take("w1"));
        Assert.NotNull(await Take("w2"));
        await Queue(Alice, [.. Enumerable.Range(0, 40).Select(i => Test($"burst{i}", "perl/5.42"))]);
        var single = (await Queue(Bob, Test("hello")))[0];
        Assert.Contains(single, new[] { await Take("x1"), await Take("x2"), await Take("x3") });
    }

    [Fact]
    public async Task One_requesters_triggers_take_turns()
    {
        await Queue(Alice, [.. Enumerable.Range(0, 50).Select(i => Test($"perl{i}", "perl/5.42"))]);
        var other = (await Queue(Alice, Test("hello", "glibc/2")))[0];
        List<long?> taken = [];
        for (var i = 0; i < 4; i++)
            taken.Add(await Take($"w{i}"));
        Assert.Contains(other, taken);
    }

    [Fact]
    public async Task A_higher_priority_goes_first_and_a_lower_one_gets_its_turn()
    {
        var low = (await Queue(Alice, Test("low", priority: 3)))[0];
        var high = await Queue(Alice, [.. Enumerable.Range(0, 30).Select(i => Test($"high{i}", "xx/1", priority: 6))]);
        Assert.Equal(high[0], await Take("w1"));
        List<long?> taken = [];
        for (var i = 0; i < 20; i++)
            taken.Add(await Take($"w{i}"));
        Assert.Contains(low, taken);
    }

    [Fact]
    public async Task An_attempt_that_came_to_nothing_keeps_its_place()
    {
        var runs = await Queue(Alice, Test("aa"), Test("bb"), Test("cc"));
        Assert.Equal(runs[0], await Take("w1"));
        using var reported = await Workers.Report(runs[0], exitCode: 16, summary: "", version: "");
        await Passed();
        Assert.Equal(runs[0], await Take("w2"));
    }

    [Fact]
    public async Task The_queue_tells_each_run_its_place_and_when_it_is_likely_to_start()
    {
        for (var i = 0; i < 3; i++)
        {
            var done = (await Queue(Alice, Test($"done{i}")))[0];
            Assert.Equal(done, await Take("w1"));
            using var reported = await Workers.Report(done);
        }
        await Queue(Alice, Test("running"));
        await Take("w1");
        await Queue(Alice, Test("first"), Test("second"), Test("third"));
        await Settled();
        var rows = await Queue();
        Assert.Equal(["running:", "first:1", "second:2", "third:3"], rows.Select(r => $"{r.GetProperty("package").GetString()}:{r.GetProperty("place")}"));
        var starts = rows.Skip(1).Select(r => r.GetProperty("expectedStart").GetDateTimeOffset()).ToList();
        Assert.True(starts[0] < starts[1] && starts[1] < starts[2], string.Join(' ', starts));
        Assert.Equal(["third:3"], (await Queue("package: \"third\"")).Select(r => $"{r.GetProperty("package").GetString()}:{r.GetProperty("place")}"));
    }

    [Fact]
    public async Task A_newer_version_has_older_pending_runs_give_way_and_spares_those_that_run()
    {
        var running = (await Queue(Alice, Test("hello", "glibc/2.40")))[0];
        Assert.Equal(running, await Take("w1"));
        var older = (await Queue(Alice, Test("hello", "glibc/2.41~rc1")))[0];
        var other = await Queue(Alice, Test("hello", "perl/1"), Test("gzip", "glibc/2.41~rc1"), Test("hello", "glibc/2.41~rc1", arch: "arm64"), Test("hello", "migration-reference/0"));
        var bobs = (await Queue(Bob, Test("hello", "glibc/2.41~rc1")))[0];
        var newer = (await Queue(Alice, Test("hello", "glibc/2.41")))[0];

        await Eventually.True("the older one gave way", async () => State(await Run(older)) == "SUPERSEDED");
        Assert.Equal($"Superseded by run {newer}", (await Run(older)).GetProperty("message").GetString());
        Assert.Equal("RUNNING", State(await Run(running)));
        foreach (var run in other.Append(bobs))
            Assert.Equal("PENDING", State(await Run(run)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_that_ran_then_gives_way_when_it_comes_back_unless_the_newer_request_spared_it(bool supersede)
    {
        var older = (await Queue(Alice, Test("hello", "glibc/2.40")))[0];
        Assert.Equal(older, await Take("w1"));
        var request = Test("hello", "glibc/2.41");
        request["supersedeOlder"] = supersede;
        await Queue(Alice, request);
        using var failed = await Workers.Report(older, exitCode: 16, summary: "", version: "");
        var marker = (await Queue(Alice, Test("marker", "glibc/1")))[0]; // behind it, by the same reactions
        await Queue(Alice, Test("marker", "glibc/2"));
        await Eventually.True("the marker gave way", async () => State(await Run(marker)) == "SUPERSEDED");
        Assert.Equal(supersede ? "SUPERSEDED" : "PENDING", State(await Run(older)));
    }

    [Fact]
    public async Task Off_by_request_nothing_gives_way()
    {
        var older = (await Queue(Alice, Test("hello", "glibc/1")))[0];
        var keeping = Test("hello", "glibc/2");
        keeping["supersedeOlder"] = false;
        await Queue(Alice, keeping);
        var marker = (await Queue(Alice, Test("marker", "glibc/1")))[0]; // behind it, by the same reactions
        await Queue(Alice, Test("marker", "glibc/2"));
        await Eventually.True("the marker gave way", async () => State(await Run(marker)) == "SUPERSEDED");
        Assert.Equal("PENDING", State(await Run(older)));
    }

    [Fact]
    public async Task An_older_version_that_is_asked_for_later_stays_however_late_the_newer_one_is_reacted_to()
    {
        await Queue(Alice, Test("hello", "glibc/2"));
        var events = Server.Get<EventLog.IEventLog>();
        var newer = await events.ReadAll(0, 500);
        var older = (await Queue(Alice, Test("hello", "glibc/1")))[0];
        await new Reactions.Superseder(events, Server.Get<Npgsql.NpgsqlDataSource>(), Server.Get<Runs.RunCommands>()).React(newer, default); // again, after a crash
        Assert.Equal("PENDING", State(await Run(older)));
    }

    [Fact]
    public async Task No_public_run_gives_way_to_a_private_one_whose_number_it_would_tell()
    {
        var older = (await Queue(Alice, Test("hello", "glibc/1")))[0];
        var hidden = Test("hello", "glibc/2");
        hidden["isPrivate"] = true;
        await Queue(Alice, hidden);
        var marker = (await Queue(Alice, Test("marker", "glibc/1")))[0]; // behind it, by the same reactions
        await Queue(Alice, Test("marker", "glibc/2"));
        await Eventually.True("the marker gave way", async () => State(await Run(marker)) == "SUPERSEDED");
        Assert.Equal("PENDING", State(await Run(older)));
    }

    private static string? State(JsonElement run) => run.GetProperty("state").GetString();
}
