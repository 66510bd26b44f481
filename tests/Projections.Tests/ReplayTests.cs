using CsCheck;
using Debci.Playground;
using Microsoft.Extensions.Logging.Abstractions;

namespace Debci.Projections.Tests;

/// <summary>Replay from zero gives the rows that going along gives, for any page size, and after a crash between pages.</summary>
public sealed class ReplayTests
{
    // ops/test --long looks at many more histories.
    private static readonly int Often = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? 1 : 20;

    [Fact]
    public async Task However_the_log_is_cut_into_pages_the_rows_are_the_same() =>
        await Gen.Select(Histories.Any, Gen.Int[2, 9]).SampleAsync(async (history, size) =>
        {
            await using var side = await ReadSide.Create();
            await side.Append(history, () => side.Projector().CatchUp()); // going along
            var along = await side.Rows();

            foreach (var pageSize in new[] { 2000, 1, size })
            {
                await side.Reset();
                await side.Projector(pageSize).CatchUp();
                Assert.Equal(along, await side.Rows());
            }
            Assert.Equal(0L, await side.Count("select from read.checkpoints where stopped_at is not null"));
            Assert.Equal(0L, await side.Count("""
                (select suite, arch, status, count(*) from read.index group by suite, arch, status) except all
                    select suite, arch, status, packages from read.index_counts
                """));
            Assert.Equal(0L, await side.Count("""
                (select suite, arch, package, run, status from read.index) except all select suite, arch, package, run, status from read.statuses
                """));
            Assert.Equal(0L, await side.Count("""
                (select suite, arch, sum(pass), sum(fail), sum(neutral), sum(tmpfail) from read.status_days group by suite, arch) except all
                    select suite, arch, count(*) filter (where status = 'pass' and there), count(*) filter (where status = 'fail' and there),
                        count(*) filter (where status = 'neutral' and there), count(*) filter (where status = 'tmpfail' and there)
                    from (select *, not exists (select from read.removed_sources r where (r.suite, r.package) = (s.suite, s.package)) as there from read.statuses s) s group by suite, arch
                """));
            Assert.Equal(0L, await side.Count("""
                select from (select sum(pass) over days as pass, sum(fail) over days as fail, sum(neutral) over days as neutral, sum(tmpfail) over days as tmpfail
                    from read.status_days window days as (partition by suite, arch order by day)) s where least(pass, fail, neutral, tmpfail) < 0
                """));
            Assert.Equal(0L, await side.Count("""
                (select lane, private, pending, running from read.queue_lanes where (pending, running) <> (0, 0)) except all
                    select lane, private, count(*) filter (where state = 'pending'), count(*) filter (where state = 'running')
                    from read.queue group by lane, private
                """));
        }, iter: 25 * Often, threads: 2);

    [Fact]
    public async Task A_projector_that_dies_between_pages_is_followed_without_a_gap_or_a_double() =>
        await Gen.Select(Histories.Any, Gen.Int[1, 20]).SampleAsync(async (history, deadAfter) =>
        {
            await using var side = await ReadSide.Create();
            await side.Append(history);
            await side.Projector().CatchUp();
            var whole = await side.Rows();

            await side.Reset();
            using (var death = new CancellationTokenSource())
            {
                var dying = new Projector(new DyingLog(side.Log, deadAfter, death), side.Database, side.Models, NullLogger<Projector>.Instance) { PageSize = 2 };
                await dying.CatchUp(death.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }
            await side.Projector(3).CatchUp();

            Assert.Equal(whole, await side.Rows());
        }, iter: 15 * Often, threads: 2);

    [Fact]
    public async Task Two_projectors_at_once_apply_each_event_once()
    {
        await using var side = await ReadSide.Create();
        await side.Append(Histories.Any.Array[6].Single().SelectMany((h, i) => i == 0 ? h : []));
        await side.Projector().CatchUp();
        var right = await side.Rows();
        await side.Reset();

        // Without leadership between them: the fence alone must do.
        var rivals = Enumerable.Range(0, 4).Select(_ => Task.Run(() => side.Projector(1).CatchUp().ContinueWith(_ => { }, TaskScheduler.Default)));
        await Task.WhenAll(rivals);
        await side.Projector().CatchUp();

        Assert.Equal(right, await side.Rows());
    }

    [Fact]
    public async Task A_killed_PostgreSQL_in_the_midst_of_projecting_leaves_rows_that_go_on_rightly()
    {
        using var cluster = await PostgresCluster.Start();
        await using var side = await ReadSide.Create(cluster);
        await side.Append(Histories.Any.Array[4].Single()[0]);
        using var stop = new CancellationTokenSource();
        var projecting = side.Projector(1).Run(stop.Token);

        cluster.Kill();
        await cluster.Restart();
        await side.Append([("worker-late", new Domain.WorkerEvent.Announced("late", ["amd64"], ["fake"], "test"))]);
        await Eventually.True("all is projected", async () => (await side.Rows()).Contains("late", StringComparison.Ordinal));
        await stop.CancelAsync();
        await projecting;

        var along = await side.Rows();
        await side.Reset();
        await side.Projector().CatchUp();
        Assert.Equal(along, await side.Rows());
    }
}
