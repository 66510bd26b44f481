using Debci.Api.Amqp;
using Debci.Playground;
using Npgsql;
using RabbitMQ.Client;

namespace Debci.Amqp.Tests;

/// <summary>RabbitMQ closes the channel of whoever holds a message for longer than its <c>consumer_timeout</c>, and delivers the message again: here after a second.</summary>
public sealed class ConsumerTimeoutTests : IAsyncLifetime
{
    private Rabbit rabbit = null!;
    private Bridged world = null!;

    public async Task InitializeAsync()
    {
        rabbit = await Rabbit.Start(1);
        // Channels look at it once a minute, unless told otherwise before they are opened.
        await rabbit.Control(1, "eval", "application:set_env(rabbit, consumer_timeout, 1000), application:set_env(rabbit, channel_tick_interval, 500).");
        world = await Bridged.Start(rabbit: rabbit, limits: new FleetLimits());
        await world.IsReady();
    }

    public async Task DisposeAsync()
    {
        await world.DisposeAsync();
        rabbit.Dispose();
    }

    [Fact]
    public async Task A_request_that_waits_for_longer_than_that_in_the_server_becomes_one_run()
    {
        await using var database = NpgsqlDataSource.Create(world.Server.Configuration.Database);
        await using (var connection = await database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var block = new NpgsqlCommand("lock table work.amqp_requests in access exclusive mode", connection);
            await block.ExecuteNonQueryAsync();
            await world.Send(world.Requests, "green\n{}");
            await Eventually.True("the broker has enough of it", async () => (await world.Health()).Contains("timed out", StringComparison.Ordinal));
        }

        await Eventually.True("there is a run", async () => (await world.Runs("green")).Count > 0);
        Assert.True(await rabbit.IsEmpty(1, world.Requests), "it is acknowledged");
        Assert.Single(await world.Runs("green"));
        await Eventually.True("all is well again", async () => !(await world.Health()).Contains("amqp", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_worker_that_tests_for_longer_than_that_costs_a_second_test_and_the_run_ends_once()
    {
        var run = (await world.Ask("slow"))[0];
        await Eventually.True("it is delivered", async () => await world.Waiting(world.Fleet) == 1);
        await using var slow = await rabbit.Connect();
        await using var channel = await slow.CreateChannelAsync();
        var cut = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        channel.ChannelShutdownAsync += (_, _) => { cut.TrySetResult(); return Task.CompletedTask; };
        await channel.BasicConsumeAsync(world.Fleet, autoAck: false, new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel));

        await cut.Task.WaitAsync(TimeSpan.FromSeconds(30));
        Assert.Contains($"run-id:{run} ", (await world.Next(world.Fleet)).Body, StringComparison.Ordinal); // another worker's now
        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "slow", run));
        await world.Send(world.Results, ResultTar.Of("testing", world.Name, "slow", run, exitCode: 4, summary: "smoke FAIL\n"));

        await world.Reaches(run, "FINISHED");
        Assert.True(await rabbit.IsEmpty(1, world.Results), "both are acknowledged");
        Assert.Equal(["run.started.v1", "run.finished.v1"], await world.Events(run));
        Assert.Equal(0u, await world.Waiting(world.DeadLetters));
    }
}
