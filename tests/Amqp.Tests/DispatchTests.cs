using System.Text.Json;
using Debci.Api.Amqp;
using Debci.Playground;
using Npgsql;

namespace Debci.Amqp.Tests;

/// <summary>Runs that go out to debci's own workers, and come back.</summary>
public sealed class DispatchTests
{
    [Fact]
    public async Task A_run_is_delivered_as_debci_writes_it_and_its_result_has_verdict_log_and_artifacts()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits(InFlight: 1));
        var run = (await world.Ask("green"))[0];

        var delivered = await world.Next(world.Fleet);
        Assert.Equal($"green testing run-id:{run} backend:lxc", delivered.Body);
        Assert.Equal((5, true), (delivered.Properties.Priority, delivered.Properties.Persistent));
        await world.Reaches(run, "RUNNING");
        Assert.Equal("pending", await JobState(world, run));

        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "green", run, exitCode: 4, summary: "smoke FAIL broken\n", log: "it broke here\n"));

        await world.Reaches(run, "FINISHED");
        Assert.Equal("FAIL", (await world.Run(run)).Status);
        Assert.Equal("it broke here\n", await world.Anybody.GetStringAsync($"/runs/{run}/log"));
        using var artifacts = await world.Anybody.GetAsync($"/data/autopkgtest/testing/{world.Name}/g/green/{run}/artifacts.tar.gz");
        Assert.Contains("worker", await ResultTar.Names(artifacts));
        Assert.Equal("completed", await JobState(world, run));
        Assert.Equal(["run.started.v1", "run.finished.v1"], await world.Events(run));
    }

    [Fact]
    public async Task No_more_is_delivered_than_may_be_in_flight_and_the_rest_follows_in_the_queues_own_order()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits(InFlight: 2));
        await world.IsReady();
        await world.Ask([.. Enumerable.Range(0, 5).Select(i => $"package{i}")]);

        await Eventually.True("two are delivered", async () => await world.Waiting(world.Fleet) == 2);
        Assert.Equal(2, await world.Server.Get<Deliveries>().Count(new AmqpFleet(world.Name, "lxc", new FleetLimits()), default));
        await using (new Fleet(world))
            await Eventually.True("all are done", async () => (await world.Anybody.Data("{ queue { nodes { run } } }")).GetProperty("queue").GetProperty("nodes").GetArrayLength() == 0);
    }

    [Fact]
    public async Task A_fleets_lease_is_renewed_while_the_test_takes_its_time_also_by_the_next_server()
    {
        await using var world = await Bridged.Start(more: c => c with { LeaseSeconds = 1 }, limits: new FleetLimits());
        var run = (await world.Ask("slow"))[0];
        await world.Next(world.Fleet);
        var leased = await Lease(world, run);

        await Eventually.True("the lease is renewed", async () => await Lease(world, run) > leased + TimeSpan.FromSeconds(2));
        await world.Server.Restart();
        leased = await Lease(world, run);
        await Eventually.True("the lease is renewed by the next", async () => await Lease(world, run) > leased + TimeSpan.FromSeconds(2));

        Assert.Equal(("RUNNING", null, 1), await world.Run(run));
        Assert.Equal(0u, await world.Waiting(world.Fleet)); // it was not delivered once more
        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "slow", run));
        await world.Reaches(run, "FINISHED");
    }

    [Fact]
    public async Task A_run_beyond_the_fleets_limit_is_lost_its_old_message_is_skipped_and_its_late_result_is_kept_as_a_file()
    {
        await using var world = await Bridged.Start(more: c => c with { LeaseSeconds = 1, Attempts = 1 }, limits: new FleetLimits(InFlight: 1, LimitSeconds: 2));
        var run = (await world.Ask("stuck"))[0];
        await world.Next(world.Fleet);
        await world.Reaches(run, "ABANDONED");
        Assert.Equal("completed", await JobState(world, run));
        var late = ResultTar.Of("testing", world.Name, "stuck", run);

        await world.Send(world.Results, late);
        await world.Send(world.Results, late);

        var folder = Path.Combine(world.Server.Configuration.Files, "autopkgtest", "testing", world.Name, "s", "stuck", $"{run}", "late");
        await Eventually.True("it is kept", () => Task.FromResult(Directory.Exists(folder) && Directory.GetFiles(folder).Length == 1));
        Assert.Equal(late, await File.ReadAllBytesAsync(Directory.GetFiles(folder).Single()));
        Assert.Equal(["run.started.v1", "run.lost.v1", "run.abandoned.v1"], await world.Events(run));
    }

    [Fact]
    public async Task A_run_that_was_lost_and_waits_again_is_completed_for_those_who_still_have_its_old_message()
    {
        await using var world = await Bridged.Start(more: c => c with { LeaseSeconds = 1 }, limits: new FleetLimits(InFlight: 1, LimitSeconds: 2));
        var run = (await world.Ask("stuck"))[0];
        Assert.Equal("pending", await JobState(world, run));
        await world.Next(world.Fleet);
        await world.Server.Client(world.Server.AdminKey).Data($"mutation {{ drainWorker(worker: \"amqp:{world.Name}:lxc\", reason: \"away\") {{ __typename }} }}");

        await Eventually.True("it is lost", async () => (await world.Events(run)) is ["run.started.v1", "run.lost.v1"]);

        Assert.Equal("completed", await JobState(world, run));
        world.Server.Get<Api.Configuration.LiveConfiguration>().Replace(world.Server.Configuration with { Amqp = AmqpSettings.Off }); // no fleets any more, but their messages
        Assert.Equal("completed", await JobState(world, run));
    }

    [Fact]
    public async Task A_second_result_is_kept_as_a_file_and_changes_nothing()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits());
        var run = (await world.Ask("green"))[0];
        await world.Next(world.Fleet);
        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "green", run));
        await world.Reaches(run, "FINISHED");

        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "green", run, exitCode: 4, summary: "smoke FAIL\n", log: "the second\n"));

        var folder = Path.Combine(world.Server.Configuration.Files, "autopkgtest", "testing", world.Name, "g", "green", $"{run}", "late");
        await Eventually.True("it is kept", () => Task.FromResult(Directory.Exists(folder) && Directory.GetFiles(folder).Length == 1));
        Assert.Equal("PASS", (await world.Run(run)).Status);
        Assert.Equal("it went well\n", await world.Anybody.GetStringAsync($"/runs/{run}/log"));
        Assert.Equal(["run.started.v1", "run.finished.v1"], await world.Events(run));
    }

    [Fact]
    public async Task A_run_that_was_claimed_and_never_confirmed_is_delivered_again_as_the_same_attempt()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits());
        var run = (await world.Ask("green"))[0];
        await world.Next(world.Fleet);
        await Unconfirm(world);

        await world.Server.Restart(); // as if it had died between the claim and the confirm

        Assert.Equal($"green testing run-id:{run} backend:lxc", (await world.Next(world.Fleet)).Body);
        Assert.Equal(["run.started.v1"], await world.Events(run));
    }

    // A node that does not lead any more learns of it late, and may claim something behind the look of the one that leads now.
    [Fact]
    public async Task Also_one_that_another_node_left_so_while_this_one_delivers()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits());
        var run = (await world.Ask("green"))[0];
        await world.Next(world.Fleet);
        await Unconfirm(world);

        var other = (await world.Ask("blue"))[0];

        // Which is first depends on where this one's look and its next claim were just then.
        var delivered = new[] { (await world.Next(world.Fleet)).Body, (await world.Next(world.Fleet)).Body };
        Assert.Equal([$"blue testing run-id:{other} backend:lxc", $"green testing run-id:{run} backend:lxc"], delivered.Order(StringComparer.Ordinal));
        Assert.Equal(["run.started.v1"], await world.Events(run));
    }

    private static async Task Unconfirm(Bridged world)
    {
        await using var database = NpgsqlDataSource.Create(world.Server.Configuration.Database);
        await using var forget = database.CreateCommand("update work.leases set delivered_at = null where delivered_at is not null");
        await Eventually.True("it was confirmed", async () => await forget.ExecuteNonQueryAsync() == 1);
    }

    [Fact]
    public async Task A_failed_testbed_is_tried_again_and_a_result_without_a_summary_is_no_pass()
    {
        await using var world = await Bridged.Start(more: c => c with { Attempts = 2 }, limits: new FleetLimits());
        var run = (await world.Ask("green"))[0];
        await world.Next(world.Fleet);
        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "green", run, exitCode: 16, summary: null));
        await world.Next(world.Fleet);
        await Eventually.True("the second attempt runs", async () => await world.Run(run) is { State: "RUNNING", Attempt: 2 });

        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "green", run, exitCode: 0, summary: null));

        await world.Reaches(run, "FINISHED");
        Assert.Equal("TMPFAIL", (await world.Run(run)).Status);
    }

    [Fact]
    public async Task Nobody_else_claims_under_the_name_of_a_fleet()
    {
        await using var world = await Bridged.Start(limits: new FleetLimits());
        using var client = world.Server.Client(world.Server.ReportKey);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => client.Claim($"amqp:{world.Name}:lxc"));
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, refused.StatusCode);
    }

    private static async Task<string> JobState(Bridged world, long run) =>
        JsonSerializer.Deserialize<JsonElement>(await world.Anybody.GetStringAsync($"/api/v1/job_state/{run}")).GetProperty("state").GetString()!;

    private static async Task<DateTime> Lease(Bridged world, long run)
    {
        await using var connection = new NpgsqlConnection(world.Server.Configuration.Database);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("select until from work.leases where run = $1", connection) { Parameters = { new() { Value = run } } };
        return (DateTime)(await command.ExecuteScalarAsync() ?? DateTime.MinValue);
    }
}
