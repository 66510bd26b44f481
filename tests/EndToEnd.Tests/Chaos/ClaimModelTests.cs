using Debci.Domain;

namespace Debci.EndToEnd.Tests.Chaos;

/// <summary>The judge of chaos is judged first: it finds each kind of broken promise, and nothing in a history that keeps them.</summary>
public sealed class ClaimModelTests
{
    private static readonly RunKey Key = new(1, "green", "testing", "amd64", false);
    private static readonly RunEvent Lost1 = new RunEvent.Lost(Key, 1, "a");

    [Fact]
    public void A_history_that_keeps_all_promises_is_found_in_order() => Assert.Empty(Find(
        [Claimed("a", 1, 0), Beat("a", 1, 1), Claimed("b", 2, 4.5), Beat("b", 2, 5), Reported("b", 2, 6), Beat("a", 1, 6, granted: false)],
        Started(1, "a"), Lost1, Started(2, "b"), Finished(2, "b")));

    [Fact]
    public void A_run_without_an_end_and_one_with_two_are_found()
    {
        Assert.Contains("has 0 ends", Find([], Started(1, "a"))[0], StringComparison.Ordinal);
        Assert.Contains("has 2 ends", Find([], Started(1, "a"), Finished(1, "a"), new RunEvent.Cancelled(Key))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Steps_that_a_life_does_not_have_are_found()
    {
        Assert.NotEmpty(Find([], Started(1, "a"), Started(2, "b"), Finished(2, "b")));
        Assert.NotEmpty(Find([], Started(2, "a"), Finished(2, "a")));
        Assert.NotEmpty(Find([], Started(1, "a"), Finished(1, "a"), Lost1));
        Assert.NotEmpty(Find([], Lost1, Started(1, "a"), Finished(1, "a")));
    }

    [Fact]
    public void An_attempt_given_twice_is_found() =>
        Assert.Contains("was given to a and b", Find([Claimed("a", 1, 0), Claimed("b", 1, 1)], Started(1, "a"), Finished(1, "a"))[0], StringComparison.Ordinal);

    [Fact]
    public void An_attempt_that_the_log_gives_to_somebody_else_is_found() =>
        Assert.Contains("the log has b", Find([Claimed("a", 1, 0)], Started(1, "b"), Finished(1, "b"))[0], StringComparison.Ordinal);

    [Fact]
    public void An_acknowledged_report_that_is_not_in_the_log_is_found()
    {
        Assert.Contains("was acknowledged to a", Find([Reported("a", 1, 1)], Started(1, "a"), new RunEvent.Lost(Key, 1, "a"), Started(2, "b"), Finished(2, "b"))[0], StringComparison.Ordinal);
        Assert.Contains("exit code 4", Find([Reported("a", 1, 1, exitCode: 4)], Started(1, "a"), Finished(1, "a"))[0], StringComparison.Ordinal);
    }

    [Fact]
    public void Two_who_are_told_to_go_on_at_once_are_found() =>
        Assert.Contains("was told to go on", Find([Claimed("a", 1, 0), Claimed("b", 2, 4.5), Beat("a", 1, 5)], Started(1, "a"), Lost1, Started(2, "b"), Finished(2, "b"))[0], StringComparison.Ordinal);

    [Fact]
    public void A_run_that_is_taken_away_within_its_lease_is_found() =>
        Assert.Contains("was taken from a", Find([Claimed("a", 1, 0), Beat("a", 1, 2), Claimed("b", 2, 3)], Started(1, "a"), Lost1, Started(2, "b"), Finished(2, "b"))[0], StringComparison.Ordinal);

    private static IReadOnlyList<string> Find(Call[] calls, params RunEvent[] events) =>
        new ClaimModel(calls, new Dictionary<long, IReadOnlyList<RunEvent>> { [1] = events }, lease: 3, slack: 0.5).Findings();

    private static Call Claimed(string worker, int attempt, double at) => new(worker, CallKind.Claim, 1, attempt, at, at + 0.1, true);

    private static Call Beat(string worker, int attempt, double at, bool granted = true) => new(worker, CallKind.Heartbeat, 1, attempt, at, at + 0.1, granted);

    private static Call Reported(string worker, int attempt, double at, int exitCode = 0) => new(worker, CallKind.Report, 1, attempt, at, at + 0.1, true, exitCode);

    private static RunEvent.Started Started(int attempt, string worker) => new(Key, attempt, worker, "fake");

    private static RunEvent.Finished Finished(int attempt, string worker) => new(Key, attempt, worker, Status.Pass, "passed", false, [], "alice",
        new Report(DateTimeOffset.UnixEpoch, 1, [], 0, false, 0, 0, "1-1"));
}
