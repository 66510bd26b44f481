using System.Text.Json;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>What came of runs, published to an exchange: public ones, in order, and what happened while the broker was away when it is back.</summary>
public sealed class OutcomeTests
{
    [Fact]
    public async Task Outcomes_are_published_to_the_exchange_those_of_the_broker_s_absence_too()
    {
        using var rabbit = await Rabbit.Start(1);
        await using var world = await Bridged.Start(s => s with { Outcomes = "outcomes" }, rabbit: rabbit);
        await world.IsReady();
        await Bound(rabbit, "mine", "testing.amd64.#");
        await world.WorksByHttp();
        await Ended(world, isPrivate: true);
        var first = await world.Next("mine");

        rabbit.Kill(1);
        await Eventually.True("health names the part", async () => (await world.Health()).Contains("\"amqp\":", StringComparison.Ordinal));
        await Ended(world, isPrivate: false);
        rabbit.StartNode(1);
        var second = await world.Next("mine");
        while (second.Properties.MessageId == first.Properties.MessageId) // a broker that is killed may give again what was taken
            second = await world.Next("mine");

        var (one, other) = (Run(first), Run(second));
        Assert.Equal(("elsewhere", "PASS", "FINISHED"), ($"{one.GetProperty("package")}", $"{one.GetProperty("status")}", $"{one.GetProperty("state")}"));
        Assert.Equal("later", $"{other.GetProperty("package")}"); // and not the private one before it
        Assert.Equal($"{other.GetProperty("id")}", second.Properties.MessageId);
        Assert.True(second.Properties.Persistent);
    }

    private static JsonElement Run(Seen seen) => JsonSerializer.Deserialize<JsonElement>(seen.Body).GetProperty("run");

    private static async Task Ended(Bridged world, bool isPrivate)
    {
        await world.Server.Client(world.Server.RequestKey).Data("mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { __typename } }",
            new { t = new[] { new { package = isPrivate ? "secret" : "later", suite = "testing", arch = "amd64", isPrivate } } });
        using var worker = world.Server.Client(world.Server.ReportKey);
        var run = (await worker.Claim(waitSeconds: 30))!.Value.GetProperty("run").GetInt64();
        using var report = await worker.Report(run);
        report.EnsureSuccessStatusCode();
    }

    private static async Task Bound(Rabbit rabbit, string queue, string key)
    {
        await using var connection = await rabbit.Connect();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false);
        await Eventually.True("the exchange is there", async () =>
        {
            try
            {
                await using var look = await connection.CreateChannelAsync();
                await look.ExchangeDeclarePassiveAsync("outcomes");
                return true;
            }
            catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
            {
                return false;
            }
        });
        await channel.QueueBindAsync(queue, "outcomes", key);
    }
}
