using Debci.Api.Claims;
using Debci.Domain;
using Debci.EventLog;
using Debci.Playground;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Tests.Dispatch;

/// <summary>What comes to stand before the place where a lane was taken from last is given out first nevertheless; the clock stands, so that place counts for ever.</summary>
public class FrontTests : Dispatching
{
    private readonly HandClock clock = new();
    private readonly LaneFronts fronts;

    public FrontTests() => fronts = new LaneFronts(clock);

    [Fact]
    public async Task A_run_that_is_raised()
    {
        var runs = await Queue(Alice, Test("aa", priority: 1), Test("bb", priority: 1), Test("cc", priority: 1));
        Assert.Equal(runs[0], await First());
        await Passed((await Ask(Alice, [Test("cc", priority: 9)])).GetProperty("position").GetString()!);

        Assert.Equal(runs[2], await First());
        Assert.Equal(runs[1], await First());
    }

    [Fact]
    public async Task One_that_is_new_and_of_a_higher_priority()
    {
        var runs = await Queue(Alice, Test("aa", priority: 1), Test("bb", priority: 1));
        Assert.Equal(runs[0], await First());
        var urgent = (await Queue(Bob, Test("urgent", priority: 9)))[0];

        Assert.Equal(urgent, await First());
        Assert.Equal(runs[1], await First());
    }

    [Fact]
    public async Task One_that_is_held_no_more()
    {
        await Tell(Streams.Quarantine, 0, new PolicyEvent.Quarantined("aa", "testing", "amd64", []));
        var runs = await Queue(Alice, Test("aa"), Test("bb"), Test("cc", priority: 1));
        Assert.Equal(runs[1], await First());
        await Do(Operator, """liftQuarantine(package: "aa", suite: "testing", arch: "amd64")""");
        await Passed();

        Assert.Equal(runs[0], await First());
        Assert.Equal(runs[2], await First());
    }

    [Fact]
    public async Task One_whose_attempt_failed_and_is_due_at_once()
    {
        var runs = await Queue(Alice, Test("aa"), Test("bb"), Test("cc"));
        Assert.Equal((runs[0], runs[1]), (await First(), await First()));
        var run = new RunKey(runs[0], "aa", "testing", "amd64", false);
        await Tell(Streams.Run(run.Id), 0, new RunEvent.Started(run, 1, "w1", "fake"));
        await Server.Get<Leases>().Drop(run.Id, default);
        await Tell(Streams.Run(run.Id), 1, new RunEvent.AttemptFailed(run, 1, "w1", Cause.TestbedFailure, "m", new Report(DateTimeOffset.UtcNow, 1, [], 0, false, 0)));

        Assert.Equal((runs[0], runs[2]), (await First(), await First()));
    }

    // Nothing in the log tells of it: it is seen when all of the lane is looked at, once a second, or where nothing else is there.
    [Fact]
    public async Task One_whose_lease_came_to_nothing()
    {
        var runs = await Queue(Alice, Test("aa"), Test("bb"), Test("cc"));
        Assert.Equal((runs[0], runs[1]), (await First(), await First()));
        await Server.Get<Leases>().Drop(runs[0], default);
        clock.Pass(LaneFronts.Longest);
        Assert.Equal((runs[0], runs[2]), (await First(), await First()));

        await Server.Get<Leases>().Drop(runs[1], default);
        Assert.Equal((runs[1], null), (await First(), await First()));
    }

    private async Task<long?> First()
    {
        var lanes = (await Server.Get<QueueQueries>().Lanes()).Select(l => new OpenLane(l.Lane.Name, "fake", false)).ToList();
        return (await new TakeFirst(Server.Get<NpgsqlDataSource>(), fronts).Run([new Wanted(Guid.NewGuid(), "w1", Guid.Empty, lanes)], [], new(60, TimeSpan.FromHours(1)), default))[0].Taken?.Lease.Run.Id;
    }

    private async Task Tell(string stream, long revision, object happened)
    {
        await Server.Get<IEventLog>().Append(stream, revision, new CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid()).Events([happened]));
        await Passed();
    }
}
