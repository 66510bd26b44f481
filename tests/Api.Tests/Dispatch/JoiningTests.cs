using System.Text.Json;
using Debci.Playground;

namespace Debci.Api.Tests.Dispatch;

/// <summary>What becomes of each request of a batch.</summary>
public sealed class JoiningTests : Dispatching
{
    [Fact]
    public async Task The_same_request_again_goes_with_the_run_that_is_pending_or_running_and_not_with_one_that_is_over()
    {
        var first = await Ask(Alice, [Test("hello", "glibc/2 perl/1")]);
        var again = await Ask(Alice, [Test("hello", "perl/1 glibc/2")]);
        Assert.Equal(("ALREADY_PENDING", Run(first)), (Outcome(again), Run(again)));
        await Passed(first.GetProperty("position").GetString()!);

        Assert.Equal(Run(first), await Take("w1"));
        Assert.Equal("ALREADY_PENDING", Outcome(await Ask(Alice, [Test("hello", "glibc/2 perl/1")])));

        using var reported = await Playground.Talk.Report(Workers, Run(first), summary: "t PASS\n");
        var afterwards = await Ask(Alice, [Test("hello", "glibc/2 perl/1")]);
        Assert.Equal("ACCEPTED", Outcome(afterwards));
        Assert.NotEqual(Run(first), Run(afterwards));
    }

    [Fact]
    public async Task Another_requester_trigger_arch_backend_or_version_is_another_request()
    {
        await Ask(Alice, [Test("hello", "glibc/2")]);
        Assert.Equal("ACCEPTED", Outcome(await Ask(Bob, [Test("hello", "glibc/2")])));
        Assert.Equal("ACCEPTED", Outcome(await Ask(Alice, [Test("hello", "glibc/3")])));
        Assert.Equal("ACCEPTED", Outcome(await Ask(Alice, [Test("hello", "glibc/2", arch: "arm64")])));
        Assert.Equal("ACCEPTED", Outcome(await Ask(Alice, [Test("hello", "glibc/2", backend: "qemu")])));
        Assert.Equal("ALREADY_PENDING", Outcome(await Ask(Alice, [Test("hello", "glibc/3", priority: 9)])));
    }

    [Fact]
    public async Task Of_two_joined_requests_the_higher_priority_wins()
    {
        var run = (await Queue(Alice, Test("hello", priority: 3)))[0];
        await Ask(Alice, [Test("hello", priority: 8)]);
        await Ask(Alice, [Test("hello", priority: 1)]);
        Assert.Equal(8, (await Run(run)).GetProperty("priority").GetInt32());
        Assert.Equal(8, (await Queue())[0].GetProperty("priority").GetInt32());
    }

    [Fact]
    public async Task What_a_large_batch_has_reserved_is_its_own_until_it_is_stored_however_long_that_takes()
    {
        var any = (await Queue(Alice, Test("any")))[0];
        var account = (await Operator.Data("query ($id: ID!) { run(id: $id) { requester } }", new { id = $"{any}" })).GetProperty("run").GetProperty("requester").GetString();
        var (keys, ids) = (Server.Get<Requests.RequestKeys>(), Server.Get<Requests.RunIds>());
        var request = new Domain.TestRequest("hello", "testing", "amd64", [], [], [], null, Domain.TestRequest.DefaultPriority, false);
        var batch = Guid.NewGuid();
        await using var mark = await keys.Mark(batch, 50_000, default);
        var run = (await ids.Take(1, default))[0];
        await keys.Reserve(batch, new Dictionary<string, long> { [request.Identity(account!)] = run }, false, default);
        await using (var age = Server.Get<Npgsql.NpgsqlDataSource>().CreateCommand("update work.request_keys set at = now() - interval '1 minute'"))
            await age.ExecuteNonQueryAsync();

        var asked = Ask(Alice, [Test("hello")]);
        var other = await Ask(Bob, [Test("hello")]); // somebody else's is another request, and goes on
        Assert.Equal("ACCEPTED", Outcome(other));
        await Server.Get<Requests.Batches>().Store(new(batch, account!, [request], Requests.OnBadRequest.RefuseBatch), new(Guid.NewGuid(), "test", "debci", Guid.NewGuid()), default);
        await mark!.DisposeAsync();
        Assert.Equal(("ALREADY_PENDING", run), (Outcome(await asked), Run(await asked)));
    }

    [Fact]
    public async Task A_large_batch_leaves_no_lock_behind()
    {
        await Ask(Alice, Enumerable.Range(0, 101).Select(i => Test($"large{i}")));
        await using var locks = Server.Get<Npgsql.NpgsqlDataSource>().CreateCommand(
            "select count(*) from pg_locks where locktype = 'advisory' and classid::bigint = 1684365931 and database = (select oid from pg_database where datname = current_database())");
        Assert.Equal(0L, await locks.ExecuteScalarAsync());
    }

    [Fact]
    public async Task A_batch_that_stood_still_is_given_up_and_finds_the_run_that_another_made_meanwhile()
    {
        var any = (await Queue(Alice, Test("any")))[0];
        var account = (await Operator.Data("query ($id: ID!) { run(id: $id) { requester } }", new { id = $"{any}" })).GetProperty("run").GetProperty("requester").GetString()!;
        var (keys, log, batch) = (Server.Get<Requests.RequestKeys>(), Server.Get<EventLog.IEventLog>(), Guid.NewGuid());
        var request = new Domain.TestRequest("hello", "testing", "amd64", [], [], [], null, Domain.TestRequest.DefaultPriority, false);
        var run = (await Server.Get<Requests.RunIds>().Take(1, default))[0];
        await keys.Reserve(batch, new Dictionary<string, long> { [request.Identity(account)] = run }, false, default); // and then it stands still

        var other = await Ask(Alice, [Test("hello")]);
        Assert.Equal("ACCEPTED", Outcome(other));
        Assert.NotEqual(run, Run(other));

        // It goes on where it stood: with what it knew then it comes too late, and with what there is it joins.
        var stream = Domain.Streams.Batch(batch);
        var info = new EventLog.CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid());
        await Assert.ThrowsAsync<EventLog.StreamMovedException>(() => log.Append(stream, 0, info.Events([new Domain.BatchEvent.Accepted(batch, account, 1)]), default));
        var stored = await Server.Get<Requests.Batches>().Store(new(batch, account, [request], Requests.OnBadRequest.RefuseBatch), info, default);
        Assert.Equal([new Domain.ItemAnswer.Joins(Run(other))], stored.Answers);
    }

    [Fact]
    public async Task A_batch_that_was_given_up_and_is_sent_again_first_keeps_what_nobody_has_taken()
    {
        var any = (await Queue(Alice, Test("any")))[0];
        var account = (await Operator.Data("query ($id: ID!) { run(id: $id) { requester } }", new { id = $"{any}" })).GetProperty("run").GetProperty("requester").GetString()!;
        var (keys, batch) = (Server.Get<Requests.RequestKeys>(), Guid.NewGuid());
        var request = new Domain.TestRequest("hello", "testing", "amd64", [], [], [], null, Domain.TestRequest.DefaultPriority, false);
        var run = (await Server.Get<Requests.RunIds>().Take(1, default))[0];
        await keys.Reserve(batch, new Dictionary<string, long> { [request.Identity(account)] = run }, false, default);
        Assert.True(await Server.Get<Requests.BatchFence>().GiveUp(batch, Guid.NewGuid(), default)); // by one that then died

        var info = new EventLog.CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid());
        var stored = await Server.Get<Requests.Batches>().Store(new(batch, account, [request], Requests.OnBadRequest.RefuseBatch), info, default);
        var taken = Assert.IsType<Domain.ItemAnswer.New>(Assert.Single(stored.Answers)).Run;
        Assert.NotEqual(run, taken); // who gave it up may still reach for the first one
        Assert.False(await Server.Get<Requests.BatchFence>().GiveUp(batch, Guid.NewGuid(), default));
        var again = await Ask(Alice, [Test("hello")]);
        Assert.Equal(("ALREADY_PENDING", taken), (Outcome(again), Run(again)));
    }

    [Fact]
    public async Task A_batch_that_is_resumed_when_its_keys_were_cleared_away_makes_no_second_run()
    {
        var any = (await Queue(Alice, Test("any")))[0];
        var account = (await Operator.Data("query ($id: ID!) { run(id: $id) { requester } }", new { id = $"{any}" })).GetProperty("run").GetProperty("requester").GetString()!;
        var (keys, log, batch) = (Server.Get<Requests.RequestKeys>(), Server.Get<EventLog.IEventLog>(), Guid.NewGuid());
        Domain.TestRequest[] requests = [.. new[] { "hello", "gzip" }.Select(p => new Domain.TestRequest(p, "testing", "amd64", [], [], [], null, Domain.TestRequest.DefaultPriority, false))];
        var run = (await Server.Get<Requests.RunIds>().Take(1, default))[0];
        await keys.Reserve(batch, new Dictionary<string, long> { [requests[0].Identity(account)] = run }, false, default);
        var info = new EventLog.CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid());
        await log.Append(Domain.Streams.Batch(batch), 0, info.Events([new Domain.BatchEvent.Requested(new(run, "hello", "testing", "amd64", false), account, [], [], [], 5)])); // a crash cut it short
        await using (var age = Server.Get<Npgsql.NpgsqlDataSource>().CreateCommand("update work.request_keys set at = now() - interval '2 hours'"))
            await age.ExecuteNonQueryAsync();
        await keys.Forget(default);

        var other = await Ask(Alice, [Test("hello")]);
        Assert.Equal("ACCEPTED", Outcome(other));
        var stored = await Server.Get<Requests.Batches>().Store(new(batch, account, requests, Requests.OnBadRequest.RefuseBatch), info, default);
        Assert.Equal(new Domain.ItemAnswer.Joins(Run(other)), stored.Answers[0]);
    }

    [Fact]
    public async Task A_request_that_stands_twice_in_a_batch_is_one_run()
    {
        var answer = await Ask(Alice, [Test("hello"), Test("gzip"), Test("hello")]);
        Assert.Equal((2, 1, 0), Counts(answer));
        Assert.Equal(answer.GetProperty("runs")[0].GetString(), answer.GetProperty("runs")[2].GetString());
    }

    [Fact]
    public async Task The_same_request_ten_times_at_once_is_one_run()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Ask(Alice, [Test("hello")])));
        Assert.Single(answers.Select(Run).Distinct());
        Assert.Single(answers, a => Outcome(a) == "ACCEPTED");
        await Passed();
        Assert.Single(await Queue());
    }

    [Fact]
    public async Task A_bad_test_is_refused_alone_where_its_requester_wants_that()
    {
        Dictionary<string, object?>[] tests = [Test("hello"), Test("Nonsense"), Test("gzip", arch: "vax")];
        Assert.Equal("INVALID", (await Ask(Alice, tests)).GetProperty("code").GetString());
        await Passed();
        Assert.Empty(await Queue());

        var answer = await Ask(Alice, tests, "one", "REFUSE_TEST");
        Assert.Equal((1, 0, 2), Counts(answer));
        Assert.Equal(("UNKNOWN_ARCH", "tests[2].arch"), Refusal(answer, 2));
        Assert.Equal($"{answer}", $"{await Ask(Alice, tests, "one", "REFUSE_TEST")}");
    }

    [Fact]
    public async Task A_batch_sent_again_is_answered_as_the_first_time_whatever_counts_by_now()
    {
        Dictionary<string, object?>[] tests = [Test("hello"), Test("gzip")];
        var first = await Ask(Alice, tests, "mine");
        await Do(Operator, "rejectRequests(pattern: \"gzip\", reason: \"no\")");
        Assert.Equal($"{first}", $"{await Ask(Alice, tests, "mine")}");
        var other = await Ask(Alice, [Test("hello")], "mine");
        Assert.Equal(("CONFLICT", "batchId"), (other.GetProperty("code").GetString(), other.GetProperty("path").GetString()));
    }

    private static string Outcome(JsonElement answer) => answer.GetProperty("items")[0].GetProperty("outcome").GetString()!;

    private static long Run(JsonElement answer) => long.Parse(answer.GetProperty("runs")[0].GetString()!);

    private static (int, int, int) Counts(JsonElement answer) =>
        (answer.GetProperty("accepted").GetInt32(), answer.GetProperty("alreadyPending").GetInt32(), answer.GetProperty("refused").GetInt32());

    private static (string?, string?) Refusal(JsonElement answer, int item)
    {
        var refusal = answer.GetProperty("items")[item].GetProperty("refusal");
        return (refusal.GetProperty("code").GetString(), refusal.GetProperty("path").GetString());
    }
}
