using static Debci.Domain.RunCommand;
using static Debci.Domain.RunEvent;

namespace Debci.Domain.Tests;

public sealed class RunDeciderTests
{
    private static readonly RunKey Key = new(7, "hello", "trixie", "amd64", false);

    [Fact]
    public void A_claimed_run_starts_with_its_first_attempt() =>
        Given().When(Start(1)).Then(new Started(Key, 1, "w1", "fake"));

    [Fact]
    public void A_claim_delivered_twice_starts_once() => Given(Start(1)).When(Start(1)).Then();

    [Fact]
    public void Another_worker_cannot_start_what_is_running() =>
        Given(Start(1)).When(Start(1, "w2")).ThenRefused("not yours");

    [Fact]
    public void An_attempt_cannot_be_left_out() => Given().When(Start(2)).ThenRefused("not yours");

    [Fact]
    public void A_result_ends_the_run() => Given(Start(1)).When(Tell(1)).ThenEnds<Finished>();

    [Fact]
    public void A_result_told_twice_counts_once() => Given(Start(1), Tell(1)).When(Tell(1)).Then();

    [Fact]
    public void A_second_result_that_differs_is_refused() =>
        Given(Start(1), Tell(1)).When(Tell(1, exitCode: 4, test: TestOutcome.Fail)).ThenRefused("another outcome");

    [Theory]
    [InlineData(2, "w1")]
    [InlineData(1, "w2")]
    public void Nobody_but_the_holder_of_the_attempt_tells(int attempt, string worker) =>
        Given(Start(1)).When(Tell(attempt, worker: worker)).ThenRefused("not yours");

    [Fact]
    public void A_testbed_failure_is_tried_again_until_the_last_attempt_and_is_then_a_tmpfail()
    {
        Given(Start(1)).When(Tell(1, exitCode: 16)).ThenEnds<AttemptFailed>();
        Given(Start(1), Tell(1, exitCode: 16), Start(2), Tell(2, exitCode: 16), Start(3)).When(Tell(3, exitCode: 16)).ThenEnds<Finished>();
    }

    [Fact]
    public void A_lost_run_waits_again_and_is_given_up_after_its_last_attempt()
    {
        Given(Start(1)).When(Lose(1)).Then(new Lost(Key, 1, "w1"));
        Given(Start(1), Lose(1), Start(2), Lose(2), Start(3)).When(Lose(3)).Then(new Lost(Key, 3, "w1"), new Abandoned(Key, 3, Cause.WorkerLost));
    }

    [Fact]
    public void A_late_report_of_a_lost_attempt_is_refused() =>
        Given(Start(1), Lose(1), Start(2, "w2")).When(Tell(1)).ThenRefused("not yours");

    [Fact]
    public void A_loss_that_the_run_has_left_behind_is_nothing() => Given(Start(1), Tell(1)).When(Lose(1)).Then();

    [Fact]
    public void A_run_can_be_cancelled_waiting_and_running_and_once()
    {
        Given().When(new Cancel(Key)).Then(new Cancelled(Key));
        Given(Start(1)).When(new Cancel(Key)).Then(new Cancelled(Key));
        Given(new Cancel(Key)).When(new Cancel(Key)).Then();
        Given(Start(1), Tell(1)).When(new Cancel(Key)).ThenRefused("already over");
    }

    [Fact]
    public void Only_a_waiting_run_gives_way_to_a_newer_one()
    {
        Given().When(new Supersede(Key, 8)).Then(new Superseded(Key, 8));
        Given(Start(1)).When(new Supersede(Key, 8)).Then();
    }

    private static Start Start(int attempt, string worker = "w1") => new(Key, attempt, worker, "fake");

    private static Lose Lose(int attempt) => new(Key, attempt, RetryPolicy.Default);

    private static Tell Tell(int attempt, int exitCode = 0, TestOutcome test = TestOutcome.Pass, string worker = "w1")
    {
        var report = new Report(DateTimeOffset.UnixEpoch, 5, [new TestResult("t", test)], 1, false, 0, exitCode, "1-1");
        return new Tell(Key, attempt, worker, report, Verdict.Of(report, new Summary(report.Tests, null, null)), new AskedFacts("a", [], false), RetryPolicy.Default);
    }

    private static Story Given(params RunCommand[] before) => new(before.Aggregate(Run.Unstarted, (run, c) => RunDecider.Decide(c, run).Aggregate(run, Run.Evolve)));

    private sealed record Story(Run Run, RunCommand? Command = null)
    {
        public Story When(RunCommand command) => this with { Command = command };

        public void Then(params RunEvent[] expected) => Assert.Equal(expected, RunDecider.Decide(Command!, Run));

        public void ThenEnds<T>() => Assert.IsType<T>(Assert.Single(RunDecider.Decide(Command!, Run)));

        public void ThenRefused(string words) =>
            Assert.Contains(words, Assert.Throws<RefusedException>(() => RunDecider.Decide(Command!, Run)).Message, StringComparison.Ordinal);
    }
}
