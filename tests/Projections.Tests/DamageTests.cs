using Debci.Domain;
using Debci.Playground;
using Microsoft.Extensions.Logging.Abstractions;

namespace Debci.Projections.Tests;

public sealed class DamageTests
{
    [Fact]
    public async Task A_damaged_event_stops_the_read_models_that_read_it_with_its_position_and_nothing_else()
    {
        await using var side = await ReadSide.Create();
        await side.Append([("worker-w1", Announced("w1"))]);
        await side.Append([("worker-w2", Announced("w2"))]);
        var damaged = await side.Log.Head();
        await side.Append([("worker-w3", Announced("w3")), ("run-5", Finished(5))]);
        await side.Execute($"update log.mt_events set data = '{{}}' where seq_id = {damaged}"); // the hand of somebody who should not

        await side.Projector().CatchUp();

        var rows = await side.Rows();
        Assert.Contains("w1", rows, StringComparison.Ordinal);       // up to the damage
        Assert.DoesNotContain("w3", rows, StringComparison.Ordinal); // and not beyond
        Assert.Contains("index (testing,amd64,hello", rows, StringComparison.Ordinal); // the others go on
        using var stop = new CancellationTokenSource();
        var position = new ReadPosition(side.Database, side.Models, NullLogger<ReadPosition>.Instance);
        var listening = position.Run(stop.Token);
        Assert.True(await position.WaitFor(await side.Log.Head(), TimeSpan.FromSeconds(30)));
        Assert.Equal(("workers", damaged), (Assert.Single(position.Stopped).Model, position.Stopped[0].Position));
        await stop.CancelAsync();
        await listening;
    }

    [Fact]
    public async Task A_stopped_read_model_goes_on_when_it_is_resumed()
    {
        await using var side = await ReadSide.Create();
        await side.Append([("worker-w1", Announced("w1"))]);
        await side.Execute("create table saved as select data from log.mt_events"); await side.Execute("update log.mt_events set data = '{}'");
        using var stop = new CancellationTokenSource();
        var projecting = side.Projector().Run(stop.Token);
        await Eventually.True("it has stopped", async () => await StoppedCount(side) == 1);

        await side.Execute("update log.mt_events set data = saved.data from saved");
        Assert.Equal(0, await ReadSchema.Resume(side.Database, "weather"));
        Assert.Equal(1, await ReadSchema.Resume(side.Database, "workers"));

        await Eventually.True("it goes on", async () => (await side.Rows()).Contains("w1", StringComparison.Ordinal));
        await stop.CancelAsync();
        await projecting;
    }

    [Fact]
    public async Task A_new_version_is_shown_when_it_has_caught_up_and_its_predecessor_until_then()
    {
        await using var side = await ReadSide.Create();
        await side.Append([("worker-w1", Announced("w1"))]);
        await side.Projector().CatchUp();
        IReadOnlyList<IReadModel> next = [.. side.Models.Where(m => m is not WorkersModel), new NextWorkers()];

        await ReadSchema.Migrate(side.Database, next);

        Assert.Contains("w1", await side.Rows(), StringComparison.Ordinal);
        await new Projector(side.Log, side.Database, next, NullLogger<Projector>.Instance).CatchUp();
        Assert.Contains("w1", await side.Rows(), StringComparison.Ordinal);
        await side.Execute("update read_workers_v99.workers set name = 'next'"); // so the view is of the new version
        Assert.Contains("next", await side.Rows(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_event_of_a_newer_version_is_passed_over()
    {
        await using var side = await ReadSide.Create();
        await side.Append([("run-5", Finished(5)), ("run-6", Finished(6))]);
        await side.Execute("update log.mt_events set type = 'run.invented.v1' where stream_id = 'run-5'");

        await side.Projector().CatchUp();

        Assert.Contains(",6,", await side.Rows(), StringComparison.Ordinal);
        Assert.Equal(0, await StoppedCount(side));
    }

    [Fact]
    public async Task The_index_keeps_the_newest_public_run_without_pins()
    {
        await using var side = await ReadSide.Create();
        await side.Append([
            ("run-7", Finished(7)), ("run-5", Finished(5)), // an older run that ends later
            ("run-8", Finished(8) with { Pinned = true }), ("run-9", Finished(9) with { Run = Key(9) with { Private = true } })]);

        await side.Projector().CatchUp();

        var index = await new IndexQueries(side.Database).List(new IndexQuestion("testing", "amd64"), null, 10);
        Assert.Equal(7, Assert.Single(index).Run);
        var history = new HistoryQueries(side.Database);
        Assert.Equal([8, 5, 7], (await history.List("hello", null, null, null, 10, Viewer.Public)).Select(h => h.Run));
        Assert.Equal(4, (await history.List("hello", "testing", "amd64", null, 10, new Viewer("alice", false))).Count);
    }

    private static Task<long> StoppedCount(ReadSide side) => side.Count("select from read.checkpoints where stopped_at is not null");

    private sealed class NextWorkers : IReadModel
    {
        private readonly WorkersModel same = new();

        public string Name => same.Name;
        public int Version => 99;
        public IReadOnlyList<string> Views => same.Views;
        public string Ddl(string schema) => same.Ddl(schema);
        public void Apply(IReadOnlyList<EventLog.RecordedEvent> page, Writes writes) => same.Apply(page, writes);
    }

    private static RunKey Key(long run) => new(run, "hello", "testing", "amd64", false);

    private static WorkerEvent.Announced Announced(string name) => new(name, ["amd64"], ["fake"], "test");

    private static RunEvent.Finished Finished(long run) => new(Key(run), 1, "w1", Status.Pass, "All tests passed", false, [], "alice",
        new Report(DateTimeOffset.UnixEpoch, 5, [], 0, false, 0, 0, "1-1"));
}
