using Debci.Domain;

namespace Debci.Projections.Tests;

/// <summary>Runs that came to nothing, by what went wrong.</summary>
public sealed class TmpfailsTests
{
    private static readonly DateTimeOffset Monday = new(2025, 3, 3, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task Ends_are_counted_by_cause_and_day_and_what_was_tried_again_or_is_private_is_not_among_them(int page)
    {
        await using var side = await ReadSide.Create();
        var lost = new RunKey(9, "killer", "testing", "arm64", false);
        var hidden = new RunKey(10, "hidden", "testing", "arm64", true);
        var report = new Report(Monday, 0, [], 0, false, 0);
        await side.Append([
            Result(1, "green", Status.Tmpfail, Monday, Cause.TestbedFailure), Result(2, "blue", Status.Tmpfail, Monday, Cause.TestbedFailure), Result(3, "red", Status.Tmpfail, Monday.AddDays(1), Cause.TimedOut),
            Result(4, "old", Status.Tmpfail, Monday.AddDays(-1), null), Result(5, "fine", Status.Pass, Monday, null), Result(6, "hidden", Status.Tmpfail, Monday, Cause.TimedOut, hidden: true),
            (Streams.Run(9), new RunEvent.AttemptFailed(lost, 1, "w", Cause.TestbedFailure, "again", report)), (Streams.Run(9), new RunEvent.Abandoned(lost, 3, Cause.WorkerLost)),
            (Streams.Run(10), new RunEvent.Abandoned(hidden, 3, Cause.WorkerLost))]);
        await side.Projector(page).CatchUp();
        var (queries, today) = (new TmpfailsQueries(side.Database), DateOnly.FromDateTime(DateTime.UtcNow));
        var monday = DateOnly.FromDateTime(Monday.UtcDateTime);

        Assert.Equal(["TestbedFailure 2", "TimedOut 1"], await Causes(new TmpfailQuestion(monday, monday.AddDays(1))));
        Assert.Equal(["TestbedFailure 2", " 1"], await Causes(new TmpfailQuestion(monday.AddDays(-1), monday)));
        Assert.Equal(["WorkerLost 1"], await Causes(new TmpfailQuestion(today.AddDays(-1), today, Arch: "arm64")));
        Assert.Empty(await Causes(new TmpfailQuestion(monday, today, Suite: "unstable")));
        Assert.Equal([3, 2, 1], (await queries.List(new TmpfailQuestion(monday, monday.AddDays(1)), null, 9)).Select(r => r.Run));
        Assert.Equal([1], (await queries.List(new TmpfailQuestion(monday, monday.AddDays(1), "testing", "amd64", Cause.TestbedFailure), After((await queries.List(new TmpfailQuestion(monday, today), null, 9))[2]), 9)).Select(r => r.Run));
        Assert.Equal("Abandoned after 3 attempts", (await queries.List(new TmpfailQuestion(today.AddDays(-1), today, Cause: Cause.WorkerLost), null, 1)).Single().Message);

        async Task<IEnumerable<string>> Causes(TmpfailQuestion question) => (await queries.Causes(question)).Select(c => $"{c.Cause} {c.Runs}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(100)]
    public async Task A_private_run_that_was_given_up_counts_from_its_publication_on_the_day_of_its_end(int page)
    {
        await using var side = await ReadSide.Create();
        var (shown, kept, other) = (Hidden(20), Hidden(21), Hidden(22));
        var revisions = new Dictionary<string, long>();
        await side.Append([
            (Streams.Run(20), new RunEvent.Abandoned(shown, 3, Cause.WorkerLost, "2")), (Streams.Run(21), new RunEvent.Abandoned(kept, 3, Cause.WorkerLost)),
            (Streams.Run(22), new RunEvent.Cancelled(other)), (Streams.Run(20), new RunEvent.Published(shown with { Private = false })),
            (Streams.Run(22), new RunEvent.Published(other with { Private = false }))], known: revisions);
        await side.Projector(page).CatchUp();
        var (queries, today) = (new TmpfailsQueries(side.Database), DateOnly.FromDateTime(DateTime.UtcNow));
        var question = new TmpfailQuestion(today.AddDays(-1), today);

        var row = Assert.Single(await queries.List(question, null, 9));
        var end = (await side.Log.ReadStream(Streams.Run(20), 0)).First(e => e.Is<RunEvent.Abandoned>());
        var publication = (await side.Log.ReadStream(Streams.Run(20), 0)).First(e => e.Is<RunEvent.Published>());
        Assert.Equal((publication.Position, 20, "hidden", Cause.WorkerLost, "Abandoned after 3 attempts", null, "2"), (row.Position, row.Run, row.Package, row.Cause, row.Message, row.Worker, row.Version));
        Assert.Equal(end.RecordedAt.UtcDateTime, row.EndedAt.UtcDateTime, TimeSpan.FromMicroseconds(1));
        Assert.Equal([new CauseCount(Cause.WorkerLost, 1)], await queries.Causes(question));

        await side.Append([(Streams.Run(21), new RunEvent.Published(kept with { Private = false }))], known: revisions);
        await side.Projector(page).CatchUp();
        Assert.Equal([new CauseCount(Cause.WorkerLost, 2)], await queries.Causes(question));

        Assert.Empty(await queries.Causes(question with { AsOf = publication.Position - 1 }));
        Assert.Empty(await queries.List(question with { AsOf = publication.Position - 1 }, null, 9));
        Assert.Equal([new CauseCount(Cause.WorkerLost, 1)], await queries.Causes(question with { AsOf = publication.Position }));
        Assert.Equal([20], (await queries.List(question with { AsOf = publication.Position }, null, 9)).Select(r => r.Run));

        static RunKey Hidden(long run) => new(run, "hidden", "testing", "arm64", true);
    }

    private static TmpfailCursor? After(TmpfailRow row) => TmpfailCursor.Read(TmpfailCursor.Show(row));

    private static (string Stream, object Happened) Result(long run, string package, Status status, DateTimeOffset at, Cause? cause, bool hidden = false)
    {
        var report = new Report(at, 0, [], 0, false, 0, Version: "1");
        var finished = new RunEvent.Finished(new RunKey(run, package, "testing", "amd64", hidden), 1, "", status, "m", false, [], "alice", report, cause);
        return (Streams.Run(run), new RunEvent.Imported(finished, at.AddSeconds(2), at, [], []));
    }
}
