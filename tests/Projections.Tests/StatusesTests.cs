using Debci.Domain;

namespace Debci.Projections.Tests;

/// <summary>What a status was before, what a day came to, and what is news.</summary>
public sealed class StatusesTests
{
    private static readonly DateTimeOffset Monday = new(2025, 3, 3, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_status_knows_the_one_before_and_the_newest_pass_and_news_pass_over_tmpfails(int page)
    {
        await using var side = await ReadSide.Create();
        await side.Append([
            Result(1, "green", Status.Pass, Monday, version: "1"), Result(2, "green", Status.Tmpfail, Monday.AddDays(1)), Result(3, "green", Status.Fail, Monday.AddDays(2), version: "2"),
            Result(4, "green", Status.Fail, Monday.AddDays(3), pinned: true), Result(5, "green", Status.Pass, Monday.AddDays(3), hidden: true), Result(6, "blue", Status.Neutral, Monday)]);
        await side.Projector(page).CatchUp();

        Assert.Equal(1, await side.Count("select from read.statuses where package = 'green' and run = 3 and previous = 'tmpfail' and settled = 'fail' and last_pass_version = '1' and last_pass_at = '2025-03-03T12:00Z'"));
        Assert.Equal(1, await side.Count("select from read.transitions where package = 'green' and run = 3 and was = 'pass' and status = 'fail'"));
        Assert.Equal(1, await side.Count("select from read.transitions"));
        Assert.Equal(["2025-03-03 1/0/1/0", "2025-03-04 0/0/1/1", "2025-03-05 0/1/1/0"], await Days(side));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(100)]
    public async Task A_source_that_left_is_counted_no_more_until_it_is_there_again_and_a_late_result_changes_nothing_of_that(int page)
    {
        await using var side = await ReadSide.Create();
        (string, object) Told(SourceEvent e) => (Streams.Sources("testing"), e);
        await side.Append([Result(1, "green", Status.Pass, Monday), Result(2, "blue", Status.Fail, Monday),
            Told(new SourceEvent.Removed("testing", "green")), Result(3, "green", Status.Fail, Monday.AddDays(1))]);
        await side.Projector(page).CatchUp();
        var left = (await side.Log.ReadStream(Streams.Sources("testing"))).Single().RecordedAt; // by the log's clock
        Assert.Equal(["2025-03-03 1/1/0/0", $"{left:yyyy-MM-dd} 0/1/0/0"], await Days(side));

        await side.Append([Told(new SourceEvent.Returned("testing", "green"))], known: new() { [Streams.Sources("testing")] = 1 });
        await side.Projector(page).CatchUp();
        Assert.Equal("0/2/0/0", (await Days(side))[^1].Split(' ')[1]);
        Assert.Equal(await side.Log.Head(), (await new StatusesQueries(side.Database).Mark("testing", "amd64")).Position);
    }

    [Fact]
    public async Task A_result_of_an_earlier_day_than_the_one_before_it_leaves_no_day_below_zero()
    {
        await using var side = await ReadSide.Create();
        await side.Append([Result(1, "green", Status.Pass, Monday.AddDays(2)), Result(2, "green", Status.Fail, Monday)]);
        await side.Projector().CatchUp();
        Assert.Equal(["2025-03-05 0/1/0/0"], await Days(side));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task A_fail_is_one_since_the_first_of_its_kind_whatever_tmpfails_are_between(int page)
    {
        await using var side = await ReadSide.Create();
        await side.Append([
            Result(1, "green", Status.Fail, Monday.AddDays(-9)), Result(2, "green", Status.Pass, Monday.AddDays(-8)), Result(3, "green", Status.Fail, Monday),
            Result(4, "green", Status.Tmpfail, Monday.AddDays(1)), Result(5, "green", Status.Fail, Monday.AddDays(2)), Result(6, "new", Status.Fail, Monday.AddDays(3)), Result(7, "odd", Status.Tmpfail, Monday)]);
        await side.Projector(page).CatchUp();
        Assert.Equal(["green 5 2025-03-03", "new 6 2025-03-06"], await Failing());

        await side.Append([Result(8, "green", Status.Fail, Monday.AddDays(4)), (Streams.Sources("testing"), new SourceEvent.Removed("testing", "new"))]);
        await side.Projector(page).CatchUp();
        Assert.Equal(["green 8 2025-03-03"], await Failing());

        async Task<IEnumerable<string>> Failing() => (await new TroubleQueries(side.Database).Failing("testing", null, 9))
            .SelectMany(p => p.Places).Select(f => $"{f.Result.Package} {f.Result.Run} {f.Since:yyyy-MM-dd}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(100)]
    public async Task What_differs_between_architectures_is_known_and_a_tmpfail_is_no_difference(int page)
    {
        await using var side = await ReadSide.Create();
        await side.Append([
            Result(1, "same", Status.Pass, Monday), Result(2, "same", Status.Pass, Monday, arch: "arm64"), Result(3, "apart", Status.Pass, Monday), Result(4, "apart", Status.Fail, Monday, arch: "arm64"),
            Result(5, "unlucky", Status.Pass, Monday), Result(6, "unlucky", Status.Tmpfail, Monday, arch: "arm64"), Result(7, "mended", Status.Fail, Monday), Result(8, "mended", Status.Pass, Monday, arch: "arm64"),
            Result(9, "mended", Status.Pass, Monday), Result(10, "gone", Status.Fail, Monday), Result(11, "gone", Status.Pass, Monday, arch: "arm64"), Result(12, "zz", Status.Neutral, Monday), Result(13, "zz", Status.Fail, Monday, arch: "arm64"),
            (Streams.Sources("testing"), new SourceEvent.Removed("testing", "gone"))]);
        await side.Projector(page).CatchUp();

        var apart = await new TroubleQueries(side.Database).PlatformSpecific("testing", null, 9);
        Assert.Equal(["apart", "zz"], apart.Select(p => p.Package));
        Assert.Equal(["amd64 Pass", "arm64 Fail"], apart[0].Places.Select(r => $"{r.Arch} {r.Status}"));
        Assert.Equal(["zz"], (await new TroubleQueries(side.Database).PlatformSpecific("testing", "apart", 1)).Select(p => p.Package));
    }

    private static async Task<List<string>> Days(ReadSide side) =>
        [.. (await new StatusesQueries(side.Database).Days("testing", "amd64")).Select(d => $"{d.Day:yyyy-MM-dd} {d.Pass}/{d.Fail}/{d.Neutral}/{d.Tmpfail}")];

    private static (string Stream, object Happened) Result(long run, string package, Status status, DateTimeOffset at, string version = "1", bool pinned = false, bool hidden = false, string arch = "amd64")
    {
        var report = new Report(at, 0, [], 0, false, 0, Version: version);
        var finished = new RunEvent.Finished(new RunKey(run, package, "testing", arch, hidden), 1, "", status, "m", pinned, [], "alice", report);
        return (Streams.Run(run), new RunEvent.Imported(finished, at.AddSeconds(2), at, [], []));
    }
}
