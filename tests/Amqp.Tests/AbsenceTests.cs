using Debci.Api.Amqp;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>A broker that goes away, however: nothing is lost, nothing ends twice, and everything else goes on.</summary>
public sealed class AbsenceTests
{
    [Fact]
    public async Task While_the_broker_is_away_health_says_so_everything_else_works_and_the_bridge_begins_when_it_comes()
    {
        using var rabbit = Rabbit.Absent();
        await using var world = await Bridged.Start(rabbit: rabbit, limits: new FleetLimits());
        var waits = (await world.Ask("green"))[0];
        await Eventually.True("health names the part", async () => (await world.Anybody.GetStringAsync("/health")).Contains("\"amqp\":", StringComparison.Ordinal));
        await WorksWithoutBroker(world);
        Assert.Equal("PENDING", (await world.Run(waits)).State); // it is not claimed for nobody

        rabbit.Run();

        await using (new Fleet(world))
            await world.Reaches(waits, "FINISHED");
        Assert.DoesNotContain("amqp", await world.Anybody.GetStringAsync("/health"));
    }

    [Fact]
    public async Task A_broker_that_is_killed_under_load_and_comes_back_loses_nothing_and_ends_nothing_twice()
    {
        using var rabbit = await Rabbit.Start(1);
        await using var world = await Bridged.Start(rabbit: rabbit, more: c => c with { LeaseSeconds = 2 }, limits: new FleetLimits(InFlight: 10));
        await world.IsReady();
        var packages = Enumerable.Range(0, 60).Select(i => $"package{i}").ToList();
        var fleet = new Fleet(world, 3);
        var sending = SendAll(world, packages);
        await Eventually.True("some are done", () => Task.FromResult(fleet.Results >= 10));

        rabbit.Kill(1);
        await Eventually.True("health names the part", async () => (await world.Anybody.GetStringAsync("/health")).Contains("\"amqp\":", StringComparison.Ordinal));
        await WorksWithoutBroker(world);
        await world.OutlivesLeases(TimeSpan.FromSeconds(4)); // of runs that are delivered, and not finished
        rabbit.StartNode(1);

        await sending;
        await world.AllEndOnce(packages, "FINISHED");
        await fleet.DisposeAsync();
    }

    [LongFact]
    public async Task A_cluster_that_loses_the_leader_of_its_quorum_queues_under_load_loses_nothing_and_ends_nothing_twice()
    {
        using var rabbit = await Rabbit.Start(3);
        // Quorum queues have no priorities; debci's queue is a classic one, mirrored by a policy of the broker's.
        await rabbit.Control(1, "set_policy", "fleets", "^debci-tests-", """{"ha-mode":"all","ha-sync-mode":"automatic"}""", "--apply-to", "queues");
        await using var world = await Bridged.Start(a => a with { Quorum = true }, rabbit: rabbit, more: c => c with { LeaseSeconds = 2 }, limits: new FleetLimits(InFlight: 10));
        await world.IsReady();
        var packages = Enumerable.Range(0, 150).Select(i => $"package{i}").ToList();
        var fleet = new Fleet(world, 3);
        var sending = SendAll(world, packages);
        await Eventually.True("some are done", () => Task.FromResult(fleet.Results >= 20), TimeSpan.FromMinutes(3));

        var leader = await Leader(rabbit, world.Requests, 1);
        rabbit.Kill(leader);
        await WorksWithoutBroker(world);
        var other = leader % 3 + 1;
        await Eventually.True("another node leads", async () => await Leader(rabbit, world.Requests, other) is var next && next != leader, TimeSpan.FromMinutes(2));
        var before = fleet.Results;
        await Eventually.True("work goes on without the node", () => Task.FromResult(fleet.Results > before), TimeSpan.FromMinutes(2));
        rabbit.StartNode(leader);

        await sending;
        await world.AllEndOnce(packages, "FINISHED", TimeSpan.FromMinutes(4));
        await fleet.DisposeAsync();
    }

    private static async Task SendAll(Bridged world, IEnumerable<string> packages)
    {
        foreach (var package in packages)
            await world.Send(world.Requests, $"{package}\n{{}}", id: package); // sent again where the confirm was lost
    }

    // A request, a claim, a report and a page by HTTP.
    private static async Task WorksWithoutBroker(Bridged world)
    {
        var (runs, _) = await world.Server.Client(world.Server.RequestKey).Request("elsewhere");
        using var worker = world.Server.Client(world.Server.ReportKey);
        Assert.Equal(runs[0], (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64());
        (await worker.Report(runs[0])).EnsureSuccessStatusCode();
        await world.Reaches(runs[0], "FINISHED");
    }

    // The node that leads a quorum queue, as one of the nodes says: "leader<tab>rabbit@…".
    private static async Task<int> Leader(Rabbit rabbit, string queue, int asked)
    {
        var said = await rabbit.Control(asked, "list_queues", "name", "leader", "--no-table-headers");
        var line = said.Split('\n').FirstOrDefault(l => l.StartsWith(queue + "\t", StringComparison.Ordinal));
        return line?.Split('\t')[1] is ['n', var digit, '@', ..] ? digit - '0' : 0;
    }
}
