using static Debci.Domain.Tests.RunExamples;
using static Debci.Domain.Tests.RunStory;

namespace Debci.Domain.Tests;

public sealed class RunDeciderTests
{
    [Fact]
    public void A_worker_starts_the_first_attempt() => Given().When(Start(1)).Then(Started(1));

    [Fact]
    public void The_same_claim_twice_starts_once() => Given(Started(1)).When(Start(1)).ThenNothing();

    [Fact]
    public void Another_worker_cannot_start_an_attempt_that_is_taken() =>
        Given(Started(1)).When(Start(1, "bob")).ThenRefused("Attempt 1 of run 71831181 is not yours");

    [Fact]
    public void Nobody_skips_an_attempt() => Given().When(Start(2)).ThenRefused("claim anew");

    [Fact]
    public void An_old_lease_cannot_start_a_later_attempt() =>
        Given(Started(1), Lost(1)).When(Start(1)).ThenRefused("not yours to go on with");

    [Fact]
    public void After_a_lost_attempt_another_worker_starts_the_next() =>
        Given(Started(1), Lost(1)).When(Start(2, "bob")).Then(Started(2, "bob"));

    [Fact]
    public void A_pass_finishes_the_run() => Given(Started(1)).When(Tell(1, Pass, Passed)).Then(Finished(1, Pass, Passed));

    [Fact]
    public void Without_its_lease_a_report_can_only_repeat_what_was_taken()
    {
        var late = (RunCommand.Tell)Tell(1, Pass, Passed) with { Leased = false };
        Given(Started(1)).When(late).ThenRefused("Attempt 1 of run 71831181 is not yours");
        Given(Started(1), Finished(1, Pass, Passed)).When(late).ThenNothing();
    }

    [Fact]
    public void A_failure_finishes_the_run_at_once() => Given(Started(1)).When(Tell(1, Fail, Failed)).Then(Finished(1, Fail, Failed));

    [Fact]
    public void A_broken_testbed_is_tried_again() => Given(Started(1)).When(Tell(1, TestbedBroke, Broken)).Then(AttemptFailed(1));

    [Fact]
    public void A_testbed_that_broke_three_times_finishes_as_tmpfail() =>
        Given(Started(1), AttemptFailed(1), Started(2), Lost(2), Started(3))
            .When(Tell(3, TestbedBroke, Broken)).Then(Finished(3, TestbedBroke, Broken));

    [Fact]
    public void A_source_that_the_archive_lacks_is_not_tried_again() =>
        Given(Started(1)).When(Tell(1, NoSuchSource, NotThere)).Then(Finished(1, NoSuchSource, NotThere));

    [Fact]
    public void A_report_delivered_twice_counts_once() =>
        Given(Started(1), Finished(1, Pass, Passed)).When(Tell(1, Pass, Passed)).ThenNothing();

    [Fact]
    public void A_repeated_report_is_known_again_whatever_its_clock_says() =>
        Given(Started(1), Finished(1, Pass, Passed)).When(Tell(1, Pass, Passed with { DurationSeconds = 61 })).ThenNothing();

    [Fact]
    public void A_repeated_report_of_a_failed_attempt_counts_once() =>
        Given(Started(1), AttemptFailed(1)).When(Tell(1, TestbedBroke, Broken)).ThenNothing();

    [Fact]
    public void A_second_report_cannot_change_the_outcome() =>
        Given(Started(1), Finished(1, Fail, Failed)).When(Tell(1, Pass, Passed))
            .ThenRefused("reported before with another outcome; the first one counts");

    [Fact]
    public void A_worker_that_was_given_up_cannot_report() =>
        Given(Started(1), Lost(1)).When(Tell(1, Pass, Passed)).ThenRefused("Drop it and claim anew");

    [Fact]
    public void A_late_report_cannot_end_somebody_elses_attempt() =>
        Given(Started(1), Lost(1), Started(2, "bob")).When(Tell(1, Pass, Passed)).ThenRefused("given to another worker");

    [Fact]
    public void A_worker_that_has_the_run_again_cannot_report_its_lost_attempt() =>
        Given(Started(1), Lost(1), Started(2)).When(Tell(1, Pass, Passed)).ThenRefused("Attempt 1 of run 71831181");

    [Fact]
    public void A_worker_cannot_report_under_anothers_attempt() =>
        Given(Started(1)).When(Tell(1, Pass, Passed, "bob")).ThenRefused("not yours to go on with");

    [Fact]
    public void A_report_after_a_cancellation_is_refused() =>
        Given(Started(1), Cancelled).When(Tell(1, Pass, Passed)).ThenRefused("Drop it");

    [Fact]
    public void A_silent_worker_loses_its_attempt() => Given(Started(1)).When(Lose(1)).Then(Lost(1));

    [Fact]
    public void A_run_lost_for_the_last_time_is_abandoned() =>
        Given(Started(1), Lost(1), Started(2), Lost(2), Started(3)).When(Lose(3)).Then(Lost(3), Abandoned(3, Cause.WorkerLost));

    [Fact]
    public void An_attempt_that_was_reported_in_time_is_not_lost() =>
        Given(Started(1), Finished(1, Pass, Passed)).When(Lose(1)).ThenNothing();

    [Fact]
    public void The_loss_of_an_old_attempt_leaves_the_new_one_alone() =>
        Given(Started(1), Lost(1), Started(2)).When(Lose(1)).ThenNothing();

    [Fact]
    public void A_waiting_run_is_cancelled() => Given().When(Cancel).Then(Cancelled);

    [Fact]
    public void A_running_run_is_cancelled() => Given(Started(1)).When(Cancel).Then(Cancelled);

    [Fact]
    public void Cancelling_twice_cancels_once() => Given(Cancelled).When(Cancel).ThenNothing();

    [Fact]
    public void A_finished_run_cannot_be_cancelled() =>
        Given(Started(1), Finished(1, Pass, Passed)).When(Cancel).ThenRefused("Run 71831181 is already over (finished)");

    [Fact]
    public void A_superseded_run_cannot_be_cancelled() =>
        Given(Superseded).When(Cancel).ThenRefused("already over (superseded)");

    [Fact]
    public void A_cancelled_run_cannot_be_started() => Given(Cancelled).When(Start(1)).ThenRefused("it was ended");

    [Fact]
    public void A_waiting_run_gives_way_to_a_newer_version() => Given().When(Supersede).Then(Superseded);

    [Fact]
    public void A_running_run_goes_on_beside_a_newer_version() => Given(Started(1)).When(Supersede).ThenNothing();

    [Fact]
    public void A_run_that_waits_again_gives_way_when_asked_again() =>
        Given(Started(1), AttemptFailed(1)).When(Supersede).Then(Superseded);

    [Fact]
    public void A_cancelled_run_is_not_superseded() => Given(Cancelled).When(Supersede).ThenNothing();

    [Fact]
    public void A_waiting_run_is_abandoned_with_the_count_of_its_attempts() =>
        Given(Started(1), Lost(1)).When(Abandon(Cause.SourceNotFetched)).Then(Abandoned(1, Cause.SourceNotFetched));

    [Fact]
    public void A_running_run_is_not_abandoned() => Given(Started(1)).When(Abandon(Cause.TestbedFailure)).ThenNothing();

    [Fact]
    public void Files_expire_once_behind_the_end_and_the_end_stays_what_it_was()
    {
        var over = Run.Evolve(Run.Evolve(Run.Unstarted, RunExamples.Started(1)), RunExamples.Finished(1, RunExamples.Pass, RunExamples.Passed));
        var command = new RunCommand.ExpireFiles(RunExamples.Green, RetentionRule.Age, 180);

        var expired = Assert.Single(RunDecider.Decide(command, over));
        Assert.Equal(new RunEvent.FilesExpired(RunExamples.Green, RetentionRule.Age, 180), expired);
        var after = Assert.IsType<Run.Ended>(Run.Evolve(over, expired));
        Assert.Equal(over, after with { WithoutFiles = false });
        Assert.Empty(RunDecider.Decide(command, after));
        Assert.Throws<RefusedException>(() => RunDecider.Decide(command, Run.Unstarted));
    }

    [Fact]
    public void A_private_run_is_published_once_when_it_is_over_with_what_came_of_it()
    {
        var hidden = RunExamples.Green with { Private = true };
        var finished = (RunEvent.Finished)RunExamples.Finished(1, RunExamples.Pass, RunExamples.Passed);
        finished = finished with { Run = hidden };
        var over = Run.Evolve(Run.Unstarted, finished);
        var command = new RunCommand.Publish(hidden, new RunCommand.KnownResult(finished, DateTimeOffset.UnixEpoch));

        var published = Assert.IsType<RunEvent.Published>(Assert.Single(RunDecider.Decide(command, over)));
        Assert.Equal((RunExamples.Green, RunExamples.Green, DateTimeOffset.UnixEpoch), (published.Run, published.Result!.Run, published.EndedAt));
        Assert.Equal(finished, published.Result with { Run = hidden });
        var after = Run.Evolve(over, published);
        Assert.Empty(RunDecider.Decide(command, after));
        Assert.Empty(RunDecider.Decide(command with { Run = RunExamples.Green }, over)); // it never was private
        Assert.Equal(new RunEvent.FilesExpired(RunExamples.Green, RetentionRule.Age, 1), Assert.Single(RunDecider.Decide(new RunCommand.ExpireFiles(RunExamples.Green, RetentionRule.Age, 1), after)));
        Assert.Contains("not over", Assert.Throws<RefusedException>(() => RunDecider.Decide(command, Run.Evolve(Run.Unstarted, RunExamples.Started(1)))).Message, StringComparison.Ordinal);
    }
}
