using Debci.Api.Amqp;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>A cluster of three nodes, one of which is killed.</summary>
public sealed class ClusterTests
{
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
        var sending = world.SendAll(packages);
        await Eventually.True("some are done", () => Task.FromResult(fleet.Results >= 20), TimeSpan.FromMinutes(3));

        var leader = await Leader(rabbit, world.Requests, 1);
        rabbit.Kill(leader);
        await world.WorksByHttp();
        var other = leader % 3 + 1;
        await Eventually.True("another node leads", async () => await Leader(rabbit, world.Requests, other) is var next && next != leader, TimeSpan.FromMinutes(2));
        var before = fleet.Results;
        await Eventually.True("work goes on without the node", () => Task.FromResult(fleet.Results > before), TimeSpan.FromMinutes(2));
        rabbit.StartNode(leader);

        await sending;
        await world.AllEndOnce(packages, "FINISHED", TimeSpan.FromMinutes(4));
        await fleet.DisposeAsync();
    }

    // The node that leads a quorum queue, as one of the nodes says: "leader<tab>rabbit@…".
    private static async Task<int> Leader(Rabbit rabbit, string queue, int asked)
    {
        var said = await rabbit.Control(asked, "list_queues", "name", "leader", "--no-table-headers");
        var line = said.Split('\n').FirstOrDefault(l => l.StartsWith(queue + "\t", StringComparison.Ordinal));
        return line?.Split('\t')[1] is ['n', var digit, '@', ..] ? digit - '0' : 0;
    }
}
