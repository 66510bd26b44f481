using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections.Tests;

/// <summary>What a rebuild of the history asks of its rows.</summary>
public sealed class HistoryBulkTests
{
    [Fact]
    public async Task A_publication_looks_at_its_own_row_and_not_through_all_of_them()
    {
        await using var side = await ReadSide.Create();
        var shadow = Shadow.Open(side.Database, new HistoryModel());
        var fold = shadow.Continue();
        Write(shadow, fold, [.. Enumerable.Range(1, 5_000).Select(run => Event(run, Finished(run)))]);

        var shown = Finished(4_711) with { Run = Finished(4_711).Run with { Private = false } };
        var looks = Write(shadow, fold, [Event(6_000, new RunEvent.Published(shown.Run, shown, DateTimeOffset.UnixEpoch))]);

        Assert.Equal((0, 1), looks);
        Assert.Equal(1, await side.Count($"select from {shadow.Schema}.history where run = 4711 and not private and published = 6000"));
        Assert.Equal(4_999, await side.Count($"select from {shadow.Schema}.history where private and published is null"));
    }

    private static RunEvent.Finished Finished(long run) => new(new RunKey(run, "hidden", "testing", "amd64", true), 1, "w1", Status.Pass, "All tests passed", false, ["glibc/2"], "alice",
        new Report(DateTimeOffset.UnixEpoch, 5, [], 0, false, 0, 0, "1-1"));

    private static RecordedEvent Event(long position, object happened) =>
        new(position, Guid.Empty, "run-1", 1, StoredNames.Of(happened), DateTimeOffset.UnixEpoch, EventCodec.Write(happened), default);

    // How often the table was gone through from end to end meanwhile, and how often an index was asked.
    private static (long Scans, long Asked) Write(Shadow shadow, IBulkFold fold, IReadOnlyList<RecordedEvent> events)
    {
        foreach (var e in events)
            fold.Add(e);
        var (rows, looks) = (fold.Take(), (0L, 0L));
        shadow.Move(events[^1].Position, whole: true, connection =>
        {
            connection.Run("set local enable_seqscan = off"); // whether there is a way, and not whether a planner that knows nothing of the table takes it
            var before = Looks(connection); // of this connection, and perhaps of transactions before
            rows(connection);
            var after = Looks(connection);
            looks = (after.Scans - before.Scans, after.Asked - before.Asked);
        });
        return looks;

        (long Scans, long Asked) Looks(NpgsqlConnection connection) => connection.Ask(
            "select seq_scan, coalesce(idx_scan, 0) from pg_stat_xact_user_tables where schemaname = $1 and relname = 'history'", r => (r.GetInt64(0), r.GetInt64(1)), shadow.Schema).Single();
    }
}
