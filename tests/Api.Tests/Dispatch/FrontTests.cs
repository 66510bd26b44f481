using Debci.Api.Claims;
using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Tests.Dispatch;

/// <summary>What comes to stand before the place where a lane was taken from last is given out first nevertheless.</summary>
public class FrontTests : Dispatching
{
    [Fact]
    public async Task A_run_that_is_raised_before_what_was_taken_last()
    {
        var runs = await Queue(Alice, Test("aa", priority: 1), Test("bb", priority: 1), Test("cc", priority: 1));
        Assert.Equal(runs[0], await Take("w1"));
        await Passed((await Ask(Alice, [Test("cc", priority: 9)])).GetProperty("position").GetString()!);

        Assert.Equal(runs[2], await Take("w2"));
        Assert.Equal(runs[1], await Take("w3"));
    }

    [Fact]
    public async Task One_that_is_new_and_of_a_higher_priority()
    {
        var runs = await Queue(Alice, Test("aa", priority: 1), Test("bb", priority: 1));
        Assert.Equal(runs[0], await Take("w1"));
        var urgent = (await Queue(Bob, Test("urgent", priority: 9)))[0];

        Assert.Equal(urgent, await Take("w2"));
        Assert.Equal(runs[1], await Take("w3"));
    }

    [Fact]
    public async Task One_that_is_held_no_more()
    {
        await Server.Get<IEventLog>().Append(Streams.Quarantine, 0, new CommandInfo(Guid.NewGuid(), "quarantine", "debci", Guid.NewGuid()).Events([new PolicyEvent.Quarantined("aa", "testing", "amd64", [])]));
        var runs = await Queue(Alice, Test("aa", priority: 5), Test("bb", priority: 5), Test("cc", priority: 1));
        Assert.Equal(runs[1], await Take("w1"));
        await Do(Operator, """liftQuarantine(package: "aa", suite: "testing", arch: "amd64")""");
        await Passed();

        Assert.Equal(runs[0], await Take("w2"));
        Assert.Equal(runs[2], await Take("w3"));
    }

    // Nothing in the log tells of it; where nothing else is there it is found at once.
    [Fact]
    public async Task One_whose_lease_came_to_nothing()
    {
        var run = (await Queue(Alice, Test("aa")))[0];
        var fronts = new LaneFronts();
        Assert.Equal(run, await First(fronts));
        Assert.Null(await First(fronts));
        await Server.Get<Leases>().Drop(run, default);

        Assert.Equal(run, await First(fronts));
    }

    private async Task<long?> First(LaneFronts fronts)
    {
        var lanes = (await Server.Get<QueueQueries>().Lanes()).Select(l => new OpenLane(l.Lane.Name, "fake", false)).ToList();
        return (await TakeFirst.Run(Server.Get<NpgsqlDataSource>(), [new Wanted(Guid.NewGuid(), "w1", Guid.Empty, lanes)], [], 60, TimeSpan.FromHours(1), fronts, default))[0].Taken?.Lease.Run.Id;
    }
}
