using Debci.Api.Amqp;
using Debci.Api.Hosting;
using Debci.Playground;
using Npgsql;

namespace Debci.Amqp.Tests;

/// <summary>Several servers on one database, each with the bridge: one has it at a time, and the next goes on where it ends, however it ends.</summary>
[Collection("alone")]
public sealed class TwoNodesTests
{
    [Fact]
    public async Task Nodes_that_take_the_bridge_from_each_other_under_load_lose_nothing_and_end_nothing_twice()
    {
        await using var world = await Bridged.Start(more: c => c with { LeaseSeconds = 5 }, limits: new FleetLimits(InFlight: 6));
        await using var second = await ServerHost.Build(world.Server.Configuration);
        await second.StartAsync();
        await world.IsReady();
        var packages = Enumerable.Range(0, 60).Select(i => $"package{i}").ToList();
        var sending = world.SendAll(packages);
        var fleet = new Fleet(world, 3);

        await Eventually.True("some are done", () => Task.FromResult(fleet.Results >= 5));
        await Depose(world); // the one that leads learns of it later than the one that follows
        await Eventually.True("more are done", () => Task.FromResult(fleet.Results >= 15));
        await Depose(world);
        await Eventually.True("still more are done", () => Task.FromResult(fleet.Results >= 25));
        await world.Server.Restart();
        await sending;

        await world.AllEndOnce(packages, "FINISHED");
        await fleet.DisposeAsync();
    }

    [Fact]
    public async Task Leases_of_what_is_delivered_are_renewed_also_while_nobody_has_the_bridge()
    {
        await using var world = await Bridged.Start(more: c => c with { LeaseSeconds = 1 }, limits: new FleetLimits());
        var run = (await world.Ask("slow"))[0];
        await world.Next(world.Fleet);
        await using var database = NpgsqlDataSource.Create(world.Server.Configuration.Database);
        await using var dead = await database.OpenConnectionAsync(); // of a host that was cut off, which the database has not noticed yet
        await using var keep = new NpgsqlCommand($"select pg_advisory_lock({Seat})", dead);
        var kept = keep.ExecuteNonQueryAsync();
        await world.Server.Restart();
        await kept;

        await world.OutlivesLeases(TimeSpan.FromSeconds(4));

        Assert.Equal(("RUNNING", null, 1), await world.Run(run));
    }

    private const string Seat = "hashtext('debci leader'), hashtext('amqp')";

    // Ends the session that leads.
    private static async Task Depose(Bridged world)
    {
        await using var database = NpgsqlDataSource.Create(world.Server.Configuration.Database);
        await using var command = database.CreateCommand("""
            select count(pg_terminate_backend(pid)) from pg_locks
            where locktype = 'advisory' and granted and database = (select oid from pg_database where datname = current_database())
                and (classid, objid) = (hashtext('debci leader')::oid, hashtext('amqp')::oid)
            """);
        await Eventually.True("somebody leads", async () => await command.ExecuteScalarAsync() is 1L);
    }
}
