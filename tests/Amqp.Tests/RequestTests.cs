using Debci.Api.Amqp;
using Debci.Playground;

namespace Debci.Amqp.Tests;

/// <summary>Requests that come in by queues.</summary>
public sealed class RequestTests
{
    [Fact]
    public async Task A_request_as_ubuntus_tools_write_it_becomes_a_run_of_the_configured_account()
    {
        await using var world = await Bridged.Start();
        await world.IsReady();

        await world.Send(world.Requests, "green\n{\"triggers\": [\"blue/2-1\", \"red/1\"], \"submit-time\": \"2026-11-22 15:01:44+0000\"}");

        var run = await Only(world, "green");
        var listed = await world.Server.Client(world.Server.RequestKey).GetStringAsync("/api/v1/test?since=1");
        Assert.Contains($"\"run_id\":{run}", listed);
        Assert.Contains("blue/2-1 red/1", listed);
        await Eventually.True("the message is acknowledged", async () => await world.Waiting(world.Requests) == 0 && await world.Waiting(world.DeadLetters) == 0);
    }

    [Fact]
    public async Task Migrations_that_say_no_pins_get_those_that_britneys_script_would_add_and_references_get_none()
    {
        await using var world = await Bridged.Start(
            a => a with { Requests = new Dictionary<string, RequestQueue> { ["requests-{suite}-{arch}"] = new() { Account = "alice", PinTriggersFrom = "unstable", ExtraSources = ["unstable"], Priority = 7 } } },
            c => c with { ExtraSources = new Dictionary<string, Api.Configuration.ExtraSource> { ["unstable"] = new() { Entry = "deb http://deb.debian.org/debian unstable main" } } }, limits: new FleetLimits());
        await world.IsReady();

        await world.Send(world.Requests, "lightgreen\n{\"triggers\": [\"lightgreen/2 green/2\"], \"submit-time\": \"1\"}");
        Assert.Equal($"lightgreen testing run-id:{await Only(world, "lightgreen")} trigger:lightgreen%2F2+green%2F2 pin-packages:unstable=src:lightgreen,src:green extra-apt-source:{Convert.ToBase64String("deb http://deb.debian.org/debian unstable main"u8)} backend:lxc",
            (await world.Next(world.Fleet)).Body);
        await world.Send(world.Requests, "darkgreen\n{\"triggers\": [\"migration-reference/0\"], \"submit-time\": \"1\"}");
        Assert.Equal($"darkgreen testing run-id:{await Only(world, "darkgreen")} trigger:migration-reference%2F0 backend:lxc", (await world.Next(world.Fleet)).Body);
        await world.Send(world.Requests, "urgent\n{\"priority\": 9}");
        Assert.Equal(9, (await world.Next(world.Fleet)).Properties.Priority);
    }

    private static readonly (string Body, string Code, string Sentence)[] Bad =
    [
        ("green\n{\"triggers\": [\"blue\"]}", "INVALID", "source/version"),
        ("green\n{\"triggers\": [\"blue/1\"], \"all-proposed\": true}", "INVALID", "\"all-proposed\", which is not known here"),
        ("green\n{\"triggers\": \"blue/1\"}", "INVALID", "is no list"),
        ("green\n{\"triggers\": [7]}", "INVALID", "is no text"),
        ("green\n{\"triggers\": [\"\\ud800\"]}", "INVALID", "half a character"),
        ("green\n{\"priority\": 11}", "INVALID", "out of range"),
        ("green\n{\"priority\": 1, \"priority\": 2}", "INVALID", "each name once"),
        ("green\nblue", "INVALID", "no JSON that can be read"),
        ("Green; rm -rf /\n{}", "INVALID", "no source package name"),
        ("", "INVALID", "no source package name"),
        ("green\n{\"suite\": \"unstable\"}", "INVALID", "its queue for testing"),
        ("green\n{\"backend\": \"vax\"}", "UNKNOWN_BACKEND", "no backend"),
        ("linux\n{}", "REJECTED", "takes three days"),
    ];

    [Fact]
    public async Task What_cannot_be_taken_is_a_dead_letter_with_the_reason()
    {
        await using var world = await Bridged.Start(more: c => c with { Rejects = new Dictionary<string, string> { ["linux"] = "it takes three days there" } });
        await world.IsReady();
        foreach (var (body, code, sentence) in Bad)
        {
            await world.Send(world.Requests, body, id: "m1");

            var dead = await world.Next(world.DeadLetters);
            Assert.Equal((body, "m1", code, world.Requests), (dead.Body, dead.Properties.MessageId, dead.Header("debci-code"), dead.Header("debci-queue")));
            Assert.Contains(sentence, dead.Header("debci-reason"));
        }
        Assert.Equal(0u, await world.Waiting(world.Requests));
        Assert.Empty(await world.Runs("green"));
    }

    [Fact]
    public async Task An_unknown_suite_is_a_dead_letter_where_the_queue_does_not_say_it()
    {
        await using var world = await Bridged.Start(a => a with { Requests = new Dictionary<string, RequestQueue> { ["requests-testing-{arch}"] = new() { Account = "alice" } } });
        await world.IsReady();

        await world.Send(world.Requests, "green\n{\"suite\": \"woody\"}");
        Assert.Equal("UNKNOWN_SUITE", (await world.Next(world.DeadLetters)).Header("debci-code"));
        await world.Send(world.Requests, "green\n{}");
        Assert.Contains("Neither the queue nor the request says a suite", (await world.Next(world.DeadLetters)).Header("debci-reason"));
        await world.Send(world.Requests, "green\n{\"suite\": \"unstable\"}");
        await Only(world, "green");
    }

    [Fact]
    public async Task The_same_message_again_makes_no_second_run_also_when_the_first_is_over()
    {
        await using var world = await Bridged.Start();
        await world.IsReady();
        const string timed = "green\n{\"triggers\": [\"blue/2\"], \"submit-time\": \"2026-11-22 15:01:44+0000\"}";
        await world.Send(world.Requests, "plain\n{}", id: "m1");
        await world.Send(world.Requests, timed);
        var (plain, green) = (await Only(world, "plain"), await Only(world, "green"));
        await Cancel(world, plain);
        await Cancel(world, green);

        await world.Send(world.Requests, "plain\n{}", id: "m1");
        await world.Send(world.Requests, timed);
        await world.Send(world.Requests, "last\n{}");

        await Only(world, "last"); // in their order, but for those at once
        await Eventually.True("all are acknowledged", async () => await world.Waiting(world.Requests) == 0);
        Assert.Equal(plain, await Only(world, "plain"));
        Assert.Equal(green, await Only(world, "green"));
    }

    [Fact]
    public async Task Equal_messages_that_say_neither_id_nor_time_are_joined_while_one_is_pending_and_are_a_new_request_afterwards()
    {
        await using var world = await Bridged.Start();
        await world.IsReady();
        await world.Send(world.Requests, "green\n{}");
        await world.Send(world.Requests, "green\n{}");
        var first = await Only(world, "green");
        await Eventually.True("both are acknowledged", async () => await world.Waiting(world.Requests) == 0);
        await Cancel(world, first);

        await world.Send(world.Requests, "green\n{}");

        await Eventually.True("another run", async () => (await world.Runs("green")).Count == 2);
    }

    [Fact]
    public async Task A_redelivered_message_that_says_neither_id_nor_time_is_the_same_request()
    {
        await using var world = await Bridged.Start();
        var identity = world.Server.Get<RequestIdentity>();
        var message = new Message("q", null, Redelivered: false, "green\n{}"u8.ToArray());

        var first = await identity.Of(message, hasTime: false, default);

        Assert.Equal(first, await identity.Of(message with { Redelivered = true }, hasTime: false, default));
        Assert.NotEqual(first, await identity.Of(message, hasTime: false, default));
    }

    [Fact]
    public async Task A_queue_that_is_there_with_other_arguments_is_named_in_health_and_the_others_work()
    {
        await using (var connection = await (await Rabbit.Shared).Connect())
        await using (var channel = await connection.CreateChannelAsync())
        {
            await channel.QueueDeclareAsync("odd-amd64", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-max-priority"] = 3 });
            await using var world = await Bridged.Start(a => a with { Requests = new Dictionary<string, RequestQueue>(a.Requests) { ["odd-{arch}"] = new() { Account = "alice", Suite = "testing" } } });
            await Eventually.True("health names the queue", async () => (await world.Health()).Contains("odd-amd64", StringComparison.Ordinal));

            await world.IsReady();
            await world.Send(world.Requests, "green\n{}");
            await world.Send($"odd-{world.Name}", "red\n{}");

            await Only(world, "green");
            await Only(world, "red");
            Assert.DoesNotContain(world.Requests, await world.Health(), StringComparison.Ordinal);
            await channel.QueueDeleteAsync("odd-amd64", ifUnused: false, ifEmpty: false);
        }
    }

    [Fact]
    public async Task An_account_that_is_not_there_is_named_in_health_and_its_requests_wait()
    {
        await using var world = await Bridged.Start(a => a with { Requests = new Dictionary<string, RequestQueue> { ["requests-{suite}-{arch}"] = new() { Account = "britney" } } });

        await Eventually.True("health names the part", async () => (await world.Health()).Contains("debci key create britney", StringComparison.Ordinal));
        await world.Server.Get<Api.Keys.AccessKeys>().Create("britney", [Api.Keys.Scope.Request]);

        await world.IsReady();
        await world.Send(world.Requests, "green\n{}");
        await Only(world, "green");
        await Eventually.True("health names nothing of it any more", async () => !(await world.Health()).Contains("amqp", StringComparison.Ordinal)); // each queue has a consumer of its own
    }

    // The only run of a package, once it is there.
    private static async Task<long> Only(Bridged world, string package)
    {
        await Eventually.True($"a run of {package}", async () => (await world.Runs(package)).Count > 0);
        return Assert.Single(await world.Runs(package));
    }

    private static async Task Cancel(Bridged world, long run) =>
        await world.Server.Client(world.Server.AdminKey).Data("mutation ($r: ID!) { cancelRun(run: $r) { ... on RunCancelled { position } ... on Refused { message } } }", new { r = $"{run}" });
}
