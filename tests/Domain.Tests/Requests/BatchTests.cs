using static Debci.Domain.Tests.BatchExamples;

namespace Debci.Domain.Tests;

public sealed class BatchTests
{
    private static readonly TestRequest Green = Test("green");
    private static readonly TestRequest Blue = Test("blue");

    [Fact]
    public void A_batch_becomes_one_run_a_request_and_is_closed() =>
        Assert.Equal([Requested(100, Green), Requested(101, Blue), Accepted(2)], Decide(Ask([Green, Blue])));

    [Fact]
    public void A_batch_sent_twice_is_stored_once() =>
        Assert.Empty(Decide(Ask([Green, Blue], firstRun: 200), Requested(100, Green), Requested(101, Blue), Accepted(2)));

    [Fact]
    public void A_batch_that_a_crash_cut_short_is_completed() =>
        Assert.Equal([Requested(201, Blue), Accepted(2)], Decide(Ask([Green, Blue], firstRun: 200), Requested(100, Green)));

    [Fact]
    public void A_batch_that_lacks_only_its_close_is_closed() =>
        Assert.Equal([Accepted(1)], Decide(Ask([Green]), Requested(100, Green)));

    [Fact]
    public void A_literal_repetition_after_a_crash_gives_no_run_id_twice() =>
        Assert.Equal([Requested(101, Blue), Accepted(2)], Decide(Ask([Green, Blue]), Requested(100, Green)));

    [Fact]
    public void A_request_goes_with_the_run_that_is_there() =>
        Assert.Equal([new BatchEvent.Joined(Key(7, Green), Britney, 5, Green.Digest()), Accepted(1)], Decide(Ask([Green]) with { Answers = [new ItemAnswer.Joins(7)] }));

    [Fact]
    public void A_refused_request_is_told_apart_from_the_runs_of_its_batch()
    {
        var happened = Decide(Ask([Green, Blue]) with { Answers = [new ItemAnswer.Refused(NotThis), new ItemAnswer.New(100, ["qemu"])] });
        Assert.Equal((RefusalCode.Rejected, "blue", 1),
            (Assert.IsType<BatchEvent.ItemRefused>(happened[0]).Code, Assert.IsType<BatchEvent.Requested>(happened[1]).Run.Package, Assert.IsType<BatchEvent.Accepted>(happened[2]).Runs));
        Assert.Equal(["qemu"], ((BatchEvent.Requested)happened[1]).Needs!);
    }

    [Fact]
    public void A_batch_sent_again_answers_what_it_answered_whatever_would_be_answered_now()
    {
        ItemAnswer[] first = [new ItemAnswer.Refused(NotThis), new ItemAnswer.Joins(7), new ItemAnswer.New(100, [])];
        var stored = Decide(Ask([Green, Blue, Test("red")]) with { Answers = first }).Aggregate(Batch.Unknown, Batch.Evolve);
        Assert.Empty(Batch.Decide(Ask([Green, Blue, Test("red")], firstRun: 900), stored));
        Assert.Equal([null, 7, 100], stored.Answers().Select(a => a.RunId));
    }

    [Theory]
    [MemberData(nameof(OtherThanGreen))]
    public void Neither_is_the_id_of_a_batch_that_joined_or_was_refused(TestRequest other)
    {
        Refused(Ask([other]), new BatchEvent.Joined(Key(7, Green), Britney, 5, Green.Digest()), Accepted(1));
        Refused(Ask([other]), new BatchEvent.ItemRefused("green", "testing", "amd64", RefusalCode.Rejected, "no", null, Green.Digest()), Accepted(0));
    }

    private static readonly Refusal NotThis = new(RefusalCode.Rejected, "green is not tested", "tests[0].package");

    private static RunKey Key(long run, TestRequest test) => new(run, test.Package, test.Suite, test.Arch, test.Private);

    [Fact]
    public void A_retry_names_the_run_that_it_repeats()
    {
        var retry = Ask([Green]) with { RetryOf = 7 };
        Assert.Equal(7, Assert.IsType<BatchEvent.Requested>(Decide(retry)[0]).RetryOf);
    }

    [Fact]
    public void Pins_are_compared_by_what_they_say()
    {
        var again = Green with { Pins = [new Pin(["src:green"], "unstable")], Triggers = ["green/2"] };
        Assert.Empty(Decide(Ask([again]), Requested(100, Green), Accepted(1)));
    }

    public static TheoryData<TestRequest> OtherThanGreen =>
    [
        Green with { Package = "blue" }, Green with { Suite = "unstable" }, Green with { Arch = "arm64" },
        Green with { Triggers = ["green/3"] }, Green with { Pins = [] }, Green with { ExtraSources = [] },
        Green with { Backend = "lxc" }, Green with { Priority = 6 }, Green with { Private = true }, Green with { KeepOlder = true },
    ];

    [Theory]
    [MemberData(nameof(OtherThanGreen))]
    public void A_batch_id_is_not_used_again_for_another_request(TestRequest other) =>
        Refused(Ask([other]), Requested(100, Green), Accepted(1));

    [Fact]
    public void A_closed_batch_does_not_grow() => Refused(Ask([Green, Blue]), Requested(100, Green), Accepted(1));

    [Fact]
    public void A_batch_does_not_shrink() => Refused(Ask([Green]), Requested(100, Green), Requested(101, Blue));

    [Fact]
    public void A_batch_id_is_not_used_again_by_another_requester() =>
        Refused(Ask([Green]) with { Requester = Somebody }, Requested(100, Green), Accepted(1));

    [Fact]
    public void A_batch_id_is_not_used_again_for_a_retry() =>
        Refused(Ask([Green]) with { RetryOf = 7 }, Requested(100, Green), Accepted(1));

    [Fact]
    public void Too_few_answers_never_close_a_batch_with_runs_missing() =>
        Assert.Throws<ArgumentException>(() => Decide(Ask([Green, Blue]) with { Answers = [new ItemAnswer.New(100, [])] }));

    private static IReadOnlyList<BatchEvent> Decide(RequestBatch command, params BatchEvent[] happened) =>
        Batch.Decide(command, happened.Aggregate(Batch.Unknown, Batch.Evolve));

    private static void Refused(RequestBatch command, params BatchEvent[] happened)
    {
        var refused = Assert.Throws<RefusedException>(() => Decide(command, happened));
        Assert.Equal((RefusalCode.Conflict, "batchId"), (refused.Refusal.Code, refused.Refusal.Path));
        Assert.Contains("give a new id to a new batch", refused.Refusal.Sentence, StringComparison.Ordinal);
    }
}
