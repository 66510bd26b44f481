using CsCheck;
using Debci.Domain;

namespace Debci.Projections.Tests;

/// <summary>Names of results that sort as results came: for ever the same, and cheap to ask for again.</summary>
public sealed class StampedResultsTests
{
    // ops/test --long looks at many more histories.
    private static readonly int Often = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? 1 : 20;
    private static readonly DateTimeOffset Monday = new(2025, 3, 3, 12, 0, 0, TimeSpan.Zero);
    private static readonly StampedPlace Green = new("alice", "testing", "amd64", "green");

    private static readonly IReadOnlyList<StampedPlace> Everywhere =
        [.. from requester in new[] { "alice", "bob" } from suite in new[] { "testing", "unstable" } from package in new[] { "hello", "gzip", "libpng1.6" } select new StampedPlace(requester, suite, "amd64", package)];

    [Fact]
    public async Task Whoever_asks_again_and_again_and_whoever_asks_once_get_the_same_names_and_no_name_ever_changes() =>
        await Histories.Any.SampleAsync(async history =>
        {
            await using var side = await ReadSide.Create();
            var (often, forgetful) = (new StampedResults(side.Database), new StampedResults(side.Database) { Most = 25 });
            var before = Everywhere.ToDictionary(place => place, _ => new List<string>());
            await side.Append(history, async () =>
            {
                await side.Projector().CatchUp();
                foreach (var place in Everywhere)
                {
                    var now = await Named(often, place);
                    Assert.Equal(before[place], now.Take(before[place].Count));
                    Assert.Equal(now, await Named(forgetful, place));
                    before[place] = now;
                }
            });
            foreach (var place in Everywhere)
            {
                Assert.Equal(before[place], await Named(new StampedResults(side.Database), place));
                Assert.Equal(before[place].Order(StringComparer.Ordinal), before[place]);
            }
            Assert.InRange(forgetful.Places, 0, 2);
        }, iter: 5 * Often, threads: 2);

    [Fact]
    public async Task The_second_question_reads_nothing_again_and_a_new_result_is_seen_at_once()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Enumerable.Range(1, 300).Select(run => Result(run, run % 3 == 0 ? "bob" : "alice")));
        await side.Projector().CatchUp();
        var results = new StampedResults(side.Database);
        var all = await results.Names(Green, _ => true);
        Assert.Equal((200, 300), (all.Count, results.RowsRead));

        Assert.Equal(all.TakeLast(2), await Behind(results, all[^3]));
        Assert.Equal(299, (await results.Find(Green, all[^1]))!.Run);
        Assert.Equal(1, (await results.Find(Green, all[0]))!.Run);
        Assert.Null(await results.Find(Green, "20250303_120000"));
        Assert.Equal(300, results.RowsRead);

        await side.Append([Result(301, "alice"), Result(302, "bob")]);
        await side.Projector().CatchUp();
        Assert.Equal(301, (await results.Find(Green, Assert.Single(await Behind(results, all[^1]))))!.Run);
        Assert.Equal(302, results.RowsRead);
    }

    [Fact]
    public async Task Where_nobody_has_a_result_nothing_is_kept()
    {
        await using var side = await ReadSide.Create();
        await side.Append([Result(1, "alice")]);
        await side.Projector().CatchUp();
        var results = new StampedResults(side.Database);
        Assert.Empty(await results.Names(Green with { Package = "no-package" }, _ => true));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => results.Names(Green with { Package = "left-at-once" }, _ => true, new CancellationToken(canceled: true)));
        Assert.Equal(0, results.Places);
        Assert.Empty(await results.Names(Green with { Requester = "carol" }, _ => true));
        Assert.Equal(1, results.Places);
    }

    [Fact]
    public async Task What_one_of_the_read_models_does_not_have_yet_is_not_there_and_has_the_same_name_when_it_comes()
    {
        await using var side = await ReadSide.Create();
        await side.Append([Result(1, "alice", hidden: true), Result(2, "alice"), Result(3, "alice"), Published(1)], known: new() { [Streams.Run(1)] = 0 });
        await side.Projector().CatchUp();
        var results = new StampedResults(side.Database);
        var all = await Named(results, Green);
        Assert.Equal(["2", "3", "1"], all.Select(n => n.Split(' ')[1]));

        await side.Execute("update read.checkpoints set position = position - 2 where name = 'runs'");
        Assert.Equal(all.Take(1), await Named(results, Green));
        Assert.Equal(all.Take(1), await Named(new StampedResults(side.Database), Green));
        await side.Execute("update read.checkpoints set position = position + 2 where name = 'runs'");
        Assert.Equal(all, await Named(results, Green));

        await side.Execute("update read.checkpoints set shown = false where name = 'history'");
        Assert.Equal(RefusalCode.NotYet, (await Assert.ThrowsAsync<RefusedException>(() => Named(results, Green))).Refusal.Code);
    }

    private static Task<IReadOnlyList<string>> Behind(StampedResults results, string name) => results.Names(Green, other => string.CompareOrdinal(other, name) > 0);

    // Each name, and the run that it leads to.
    private static async Task<List<string>> Named(StampedResults results, StampedPlace place)
    {
        var named = new List<string>();
        foreach (var name in await results.Names(place, _ => true))
            named.Add($"{name} {(await results.Find(place, name))!.Run}");
        return named;
    }

    private static RunEvent.Finished Finished(long run, string requester, bool hidden) =>
        new(new RunKey(run, "green", "testing", "amd64", hidden), 1, "", Status.Pass, "m", false, [], requester, new Report(Monday, 0, [], 0, false, 0, Version: "1"));

    private static (string Stream, object Happened) Result(long run, string requester, bool hidden = false) =>
        (Streams.Run(run), new RunEvent.Imported(Finished(run, requester, hidden), Monday.AddSeconds(2), Monday, [], []));

    private static (string Stream, object Happened) Published(long run) =>
        (Streams.Run(run), new RunEvent.Published(new RunKey(run, "green", "testing", "amd64", false), Finished(run, "alice", hidden: false), Monday));
}
