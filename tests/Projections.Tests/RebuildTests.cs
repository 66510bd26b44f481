using CsCheck;
using Debci.Domain;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Projections.Tests;

/// <summary>A read model that is built beside the live one has the same rows, and takes its place unnoticed.</summary>
public sealed class RebuildTests
{
    private static readonly int Often = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? 1 : 20;

    [Fact]
    public async Task Rebuilding_gives_the_rows_of_going_along_for_any_page_and_chunk_and_wherever_it_is_stopped() =>
        await Gen.Select(Histories.Any, Gen.Int[1, 9], Gen.Int[1, 30], Gen.Int[1, 12]).SampleAsync(async (history, page, chunk, deadAfter) =>
        {
            await using var side = await ReadSide.Create();
            var later = history.Count * 3 / 4;
            var revisions = new Dictionary<string, long>();
            await side.Append(history.Take(later), null, revisions);
            await side.Projector().CatchUp();

            await StopAfter(deadAfter, side, page, chunk);
            await side.Append(history.Skip(later), null, revisions); // while it is stopped
            await side.Projector().CatchUp();
            var along = await side.Everything();
            await side.Rebuild(page, chunk).Run([]);

            Assert.Equal(along, await side.Everything());
            Assert.Equal(0, await side.Count("select from read.rebuilds"));
            Assert.Equal(0, await side.Count(@"select from pg_namespace where nspname ~ '_(new|old)$'"));
            Assert.All(await side.Rebuild(page, chunk).Verify([]), c => Assert.Null(c.First));
        }, iter: 25 * Often, threads: 2);

    [Fact]
    public async Task It_rests_while_a_projector_works_on_the_same_database_unless_it_hurries()
    {
        await using var side = await ReadSide.Create();
        await using var elsewhere = await ReadSide.Create();
        Assert.Equal(TimeSpan.Zero, await Rest(side));

        await using var leadership = await side.Log.Lead("projector", CancellationToken.None);

        Assert.Equal(TimeSpan.FromSeconds(3), await Rest(side));
        Assert.Equal(TimeSpan.Zero, await Rest(side, hurries: true));
        Assert.Equal(TimeSpan.Zero, await Rest(elsewhere));

        static Task<TimeSpan> Rest(ReadSide side, bool hurries = false) => new Courtesy(side.Log, hurries).RestAfter(TimeSpan.FromSeconds(1), default);
    }

    [Fact]
    public async Task Readers_see_neither_a_gap_nor_a_half_nor_a_step_back_while_models_are_rebuilt_and_events_come_in()
    {
        await using var side = await ReadSide.Create();
        var revisions = new Dictionary<string, long>();
        await side.Append(Results(1, 200), null, revisions);
        await side.Projector().CatchUp();
        using var stop = new CancellationTokenSource();
        var projecting = side.Projector(7).Run(stop.Token);
        var readers = Enumerable.Range(0, 3).Select(_ => Task.Run(() => Read(side, stop.Token))).ToList();
        var coming = Task.Run(() => side.Append(Results(201, 900), null, revisions));

        for (var i = 0; i < 4; i++)
            await side.Rebuild(20, 100).Run([]);
        await coming;
        await side.Rebuild().Run([]);

        var position = await side.Log.Head();
        await Playground.Eventually.True("all is projected", async () => await side.Count($"select from read.checkpoints where position < {position}") == 0);
        await stop.CancelAsync();
        await projecting;
        Assert.All(await Task.WhenAll(readers), looks => Assert.True(looks > 10));
        Assert.All(await side.Rebuild().Verify([]), c => Assert.Null(c.First));
        Assert.Equal(900, await side.Count("select from read.history"));
    }

    // Two questions in one snapshot, as a listing asks them: how far, and what. What is seen never grows less.
    private static async Task<int> Read(ReadSide side, CancellationToken stop)
    {
        var (looks, last, lastPosition) = (0, 0L, 0L);
        while (!stop.IsCancellationRequested)
        {
            await using var connection = await side.Database.OpenConnectionAsync(CancellationToken.None);
            await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, CancellationToken.None);
            var position = await Ask(connection, "select position from read.checkpoints where name = 'history'");
            var rows = await Ask(connection, "select count(*) from read.history");
            var again = await Ask(connection, "select count(*) from read.history h join read.index i on i.package = h.package");
            Assert.Equal(rows, await Ask(connection, $"select count(*) from read.history where position <= {position}"));
            Assert.True(rows >= last && position >= lastPosition && again >= last, $"{rows} rows at {position} ({again} in the index), and before {last} at {lastPosition}");
            (last, lastPosition, looks) = (Math.Min(rows, again), position, looks + 1);
        }
        return looks;
    }

    private static async Task<long> Ask(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync())!;
    }

    [Fact]
    public async Task Two_rebuilds_at_once_are_refused_with_a_sentence_and_so_is_an_unknown_name()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 3));
        await using var other = await side.Database.OpenConnectionAsync();
        await Ask(other, "select 1::bigint from pg_advisory_lock(hashtext('debci rebuild'))");

        var busy = await Assert.ThrowsAsync<InvalidOperationException>(() => side.Rebuild().Run([]));
        Assert.Contains("Another rebuild runs", busy.Message, StringComparison.Ordinal);
        var unknown = await Assert.ThrowsAsync<InvalidOperationException>(() => side.Rebuild().Run(["weather"]));
        Assert.Contains("runs, index", unknown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_row_that_was_changed_by_hand_is_found_told_and_repaired()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 20));
        await side.Projector().CatchUp();
        await side.Execute("update read.index set status = 'fail' where package = 'package-7'; delete from read.history where run = 9");

        var found = (await side.Rebuild().Verify([])).Where(c => c.First is not null).ToDictionary(c => c.Model, c => c.First!);
        Assert.Equal(["history", "index"], found.Keys.Order());
        Assert.Contains("package-7", found["index"].Key, StringComparison.Ordinal);
        Assert.Contains("\"fail\"", found["index"].Live, StringComparison.Ordinal);
        Assert.Contains("\"pass\"", found["index"].Rebuilt, StringComparison.Ordinal);
        Assert.Null(found["history"].Live);

        await side.Rebuild().Run(["index", "history"]);
        Assert.All(await side.Rebuild().Verify([]), c => Assert.Null(c.First));
    }

    [Fact]
    public async Task A_model_that_stopped_before_a_mended_event_is_rebuilt_past_it()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 5));
        await side.Execute("create table saved as select seq_id, data from log.mt_events; update log.mt_events set data = '{}' where stream_id = 'run-3'");
        await side.Projector().CatchUp();
        var damaged = await Assert.ThrowsAsync<InvalidOperationException>(() => side.Rebuild().Run(["history"]));
        Assert.Contains("cannot read an event", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(2, await side.Count("select from read.history"));

        await side.Execute("update log.mt_events e set data = s.data from saved s where s.seq_id = e.seq_id");
        await side.Rebuild().Run(["history"]);

        Assert.Equal(5, await side.Count("select from read.history"));
        Assert.Equal(0, await side.Count("select from read.checkpoints where name = 'history' and stopped_at is not null"));
    }

    [Fact]
    public async Task A_new_version_is_filled_while_the_old_one_goes_on_and_readers_turn_to_it_when_it_has_the_rest()
    {
        await using var side = await ReadSide.Create();
        var revisions = new Dictionary<string, long>();
        await side.Append(Results(1, 50), null, revisions);
        await side.Projector().CatchUp();
        IReadOnlyList<IReadModel> next = [.. side.Models.Where(m => m is not HistoryModel), new NextHistory()];

        Assert.Equal(["history"], await new Rebuild(side.Log, side.Database, next).BuildMissing());
        await side.Append(Results(51, 60), null, revisions);
        await side.Projector().CatchUp(); // of the old version, which serves

        Assert.Equal(60, await side.Count("select from read.history"));
        Assert.Equal(50, await side.Count("select from read_history_v99.history"));
        Assert.Equal(["history"], await ReadSchema.Hidden(side.Database, next));
        await new Projector(side.Log, side.Database, next, NullLogger<Projector>.Instance).CatchUp();
        Assert.Empty(await ReadSchema.Hidden(side.Database, next));
        Assert.Equal(60, await side.Count("select from read.history where worker = 'next'"));
        Assert.Empty(await new Rebuild(side.Log, side.Database, next).BuildMissing());
    }

    [Fact]
    public async Task Readers_in_the_way_put_a_new_version_off_and_nobody_waits_behind_it()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 5));
        IReadOnlyList<IReadModel> next = [.. side.Models.Where(m => m is not HistoryModel), new NextHistory()];
        await new Rebuild(side.Log, side.Database, next).BuildMissing();
        var projector = new Projector(side.Log, side.Database, next, NullLogger<Projector>.Instance);
        await using (var slow = await side.Database.OpenConnectionAsync())
        {
            await using var listing = await slow.BeginTransactionAsync();
            await using (var read = new NpgsqlCommand("select count(*) from read.history", slow))
                await read.ExecuteScalarAsync();
            await projector.CatchUp(); // comes to its end while that one reads on
            Assert.Equal(["history"], await ReadSchema.Hidden(side.Database, next));
        }
        await projector.CatchUp();
        Assert.Empty(await ReadSchema.Hidden(side.Database, next));
    }

    [Fact]
    public async Task What_was_begun_in_a_time_that_a_restore_took_back_is_begun_anew()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 30));
        await side.Projector().CatchUp();
        await StopAfter(1, side, page: 5, chunk: 5);
        Assert.NotEqual(0, await side.Count("select from read.rebuilds"));
        // The rows of the lost time, in a shadow that has come further than the log that is left.
        await side.Execute("update read.rebuilds set position = 1000, written = 1000, complete = true");
        await side.Rebuild().Run([]);
        Assert.All(await side.Rebuild().Verify([]), c => Assert.Null(c.First));
        Assert.Equal(30, await side.Count("select from read.history"));
    }

    [Fact]
    public async Task It_is_forgotten_also_where_nothing_is_missing_and_while_the_log_is_empty()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 30));
        await side.Projector().CatchUp();
        foreach (var lose in new[] { "update read.rebuilds set position = 1000, written = 1000", "truncate log.mt_events cascade" })
        {
            await StopAfter(1, side, page: 5, chunk: 5);
            await side.Execute(lose);
            Assert.Empty(await side.Rebuild().BuildMissing());
            Assert.Equal(0, await side.Count("select from read.rebuilds"));
            Assert.Equal(0, await side.Count("select from pg_namespace where nspname like '%_new'"));
        }
    }

    [Fact]
    public async Task To_compare_forgets_nothing_of_a_rebuild_that_was_begun_and_leaves_nothing()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Results(1, 30));
        await side.Projector().CatchUp();
        await StopAfter(1, side, page: 5, chunk: 5);
        var begun = await side.Count("select from read.rebuilds where written > 0");

        Assert.All(await side.Rebuild().Verify([]), c => Assert.Null(c.First));

        Assert.NotEqual(0, begun);
        Assert.Equal(begun, await side.Count("select from read.rebuilds where written > 0"));
        Assert.Equal(0, await side.Count("select from pg_namespace where nspname like '%_check'"));
    }

    private sealed class NextHistory : IReadModel
    {
        private readonly HistoryModel same = new();

        public string Name => same.Name;
        public int Version => 99;
        public IReadOnlyList<string> Views => same.Views;
        public string Ddl(string schema) => same.Ddl(schema);

        public void Apply(IReadOnlyList<EventLog.RecordedEvent> page, Writes writes)
        {
            same.Apply(page, writes);
            writes.Add($"update {writes.Schema}.history set worker = 'next' where position > any($1)", new[] { 0L });
        }
    }

    // Results of one package each.
    private static IEnumerable<(string, object)> Results(int from, int to) => Enumerable.Range(from, to - from + 1).Select(run => (Streams.Run(run),
        (object)new RunEvent.Finished(new RunKey(run, $"package-{run}", "testing", "amd64", false), 1, "w1", Status.Pass, "All tests passed", false, ["glibc/2"], "alice",
            new Report(DateTimeOffset.UnixEpoch, 5, [], 0, false, 0, 0, "1-1"))));

    // Stopped as by Ctrl-C, or dead as by kill -9: nothing more is saved.
    private static async Task StopAfter(int pages, ReadSide side, int page, int chunk)
    {
        using var stop = new CancellationTokenSource();
        var log = new DyingLog(side.Log, pages, stop, isKilled: pages % 2 == 0);
        await new Rebuild(log, side.Database, side.Models) { PageSize = page, ChunkSize = chunk, SaveEvery = TimeSpan.Zero }
            .Run([], cancellation: stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
    }
}
