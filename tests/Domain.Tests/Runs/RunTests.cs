using static Debci.Domain.Tests.RunExamples;
using static Debci.Domain.Tests.RunStory;

namespace Debci.Domain.Tests;

public sealed class RunTests
{
    [Fact]
    public void Before_its_first_event_a_run_waits() => Assert.Equal(new Run.Pending(0, null), Given().Run);

    [Fact]
    public void A_started_run_knows_its_holder() => Assert.Equal(new Run.Running(1, "alice", "unshare"), Given(Started(1)).Run);

    [Fact]
    public void A_failed_attempt_is_remembered_while_the_run_waits_again() =>
        Assert.Equal(new Run.Pending(1, new Run.Told(1, "alice", Status.Tmpfail, Broken)), Given(Started(1), AttemptFailed(1)).Run);

    [Fact]
    public void A_lost_attempt_reported_nothing() => Assert.Equal(new Run.Pending(1, null), Given(Started(1), Lost(1)).Run);

    [Fact]
    public void A_finished_run_keeps_the_deciding_report() =>
        Assert.Equal(new Run.Ended(RunEnd.Finished, 1, new Run.Told(1, "alice", Status.Pass, Passed)), Given(Started(1), Finished(1, Pass, Passed)).Run);

    [Fact]
    public void A_run_cancelled_while_it_waits_counts_its_attempts() =>
        Assert.Equal(new Run.Ended(RunEnd.Cancelled, 1, null), Given(Started(1), Lost(1), Cancelled).Run);

    [Fact]
    public void A_run_cancelled_while_it_runs_counts_the_one_under_way() =>
        Assert.Equal(new Run.Ended(RunEnd.Cancelled, 1, null), Given(Started(1), Cancelled).Run);

    [Fact]
    public void A_superseded_run_is_over() => Assert.Equal(new Run.Ended(RunEnd.Superseded, 0, null), Given(Superseded).Run);

    [Fact]
    public void An_abandoned_run_is_over() =>
        Assert.Equal(new Run.Ended(RunEnd.Abandoned, 3, null), Given(Abandoned(3, Cause.WorkerLost)).Run);

    [Fact]
    public void Every_event_of_a_run_can_be_folded()
    {
        RunEvent[] all =
            [Started(1), AttemptFailed(1), Lost(1), Finished(1, Pass, Passed), Cancelled, Superseded, Abandoned(1, Cause.TimedOut),
                new RunEvent.Imported((RunEvent.Finished)Finished(1, Pass, Passed), DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, [], []), new RunEvent.FilesExpired(Green, RetentionRule.Age, 30), new RunEvent.Published(Green)];
        Assert.Equal(typeof(RunEvent).GetNestedTypes().Order(TypeByName), all.Select(e => e.GetType()).Order(TypeByName));
        Assert.All(all, e => Assert.NotNull(Run.Evolve(Run.Unstarted, e)));
    }

    private static readonly Comparer<Type> TypeByName = Comparer<Type>.Create((a, b) => string.CompareOrdinal(a.Name, b.Name));
}
