namespace Debci.Domain.Tests;

public sealed class WorkerTests
{
    private static readonly WorkerEvent.Announced Words = new("w1", ["amd64"], ["fake"], "test");
    private static readonly WorkerEvent.SetAside Worse = new("w1", 5, 10, 1, 100);
    private static readonly WorkerEvent Drained = new WorkerEvent.Drained("w1", "why");

    [Fact]
    public void A_worker_that_says_the_same_again_says_nothing_new()
    {
        Assert.Equal([Words], Decide(new WorkerCommand.Announce(Words)));
        Assert.Empty(Decide(new WorkerCommand.Announce(Words with { Tags = [] }), Words));
        Assert.Single(Decide(new WorkerCommand.Announce(Words with { Tags = ["big"] }), Words));
    }

    [Fact]
    public void It_stands_as_was_decided_last_and_what_is_so_already_changes_nothing()
    {
        Assert.Equal([Drained], Decide(new WorkerCommand.Drain("w1", "why"), Words));
        Assert.Empty(Decide(new WorkerCommand.Drain("w1", "again"), Words, Drained));
        Assert.Single(Decide(new WorkerCommand.Resume("w1", null), Words, Drained));
        Assert.Empty(Decide(new WorkerCommand.Resume("w1", null), Words));
        Assert.Equal([Worse], Decide(new WorkerCommand.PutAside(Worse), Words));
        Assert.Empty(Decide(new WorkerCommand.PutAside(Worse), Words, Worse));
        Assert.Equal([new WorkerEvent.Restored("w1", 7)], Decide(new WorkerCommand.Restore("w1", 7, null), Words, Worse));
        Assert.Empty(Decide(new WorkerCommand.Restore("w1", 7, null), Words));
    }

    [Fact]
    public void What_it_says_anew_does_not_free_it() =>
        Assert.Empty(Decide(new WorkerCommand.Drain("w1", null), Words, Drained, Words with { Software = "new" }));

    [Fact]
    public void Of_a_worker_that_never_called_nothing_is_decided() =>
        Assert.Equal(RefusalCode.UnknownWorker, Assert.Throws<RefusedException>(() => Decide(new WorkerCommand.Drain("w9", null))).Refusal.Code);

    [Theory]
    [InlineData(4, 10, 3, 100, true)]
    [InlineData(3, 10, 0, 100, false)]  // too few to say anything
    [InlineData(10, 10, 90, 100, false)] // everything fails today
    [InlineData(4, 10, 0, 9, false)]     // nobody to be compared with
    [InlineData(6, 10, 20, 100, true)]
    [InlineData(5, 10, 20, 100, false)]
    public void A_worker_is_worse_only_by_far_and_only_than_others(int failed, int of, int peersFailed, int peers, bool worse) =>
        Assert.Equal(worse, Peers.IsWorse(new Tally(failed, of), new Tally(peersFailed, peers)));

    private static IReadOnlyList<WorkerEvent> Decide(WorkerCommand command, params WorkerEvent[] happened) =>
        Worker.Decide(command, happened.Aggregate(Worker.Unknown, Worker.Evolve));
}
