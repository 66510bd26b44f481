using System.Net.WebSockets;
using System.Text.Json;
using Debci.Playground;
using Microsoft.Extensions.Hosting;

namespace Debci.Api.Tests.GraphQL;

/// <summary>graphql-transport-ws, message by message as the protocol has it.</summary>
public sealed class SocketTests(OneServer one) : IClassFixture<OneServer>
{
    private const string Changes = "subscription ($after: String) { runChanged(after: $after) { cursor run { id package state } } }";
    private const string Request = "mutation { requestRuns(input: {tests: [{package: \"hello\", suite: \"testing\", arch: \"amd64\"}]}) { ... on BatchAccepted { runs } ... on Refused { code } } }";
    private readonly Server server = one.Server;

    [Fact]
    public async Task A_query_a_mutation_and_a_subscription_go_over_one_connection()
    {
        await using var talker = await Talker.Open(server, new { Authorization = $"Bearer {server.RequestKey}" });
        await talker.Subscribe("q", "{ server { position } }");
        var now = (await talker.Hear("next", "q")).GetProperty("data").GetProperty("server").GetProperty("position").GetString();
        await talker.Hear("complete", "q");

        await talker.Subscribe("s", "subscription ($after: String) { runChanged(after: $after, filter: {state: PENDING}) { run { id } } }", new { after = now });
        await talker.Subscribe("m", Request);
        var heard = new List<JsonElement> { await talker.Hear(), await talker.Hear(), await talker.Hear() };
        var run = heard.Single(m => m.GetProperty("id").GetString() == "m" && m.GetProperty("type").GetString() == "next")
            .GetProperty("payload").GetProperty("data").GetProperty("requestRuns").GetProperty("runs")[0].GetString();
        Assert.Equal(run, heard.Single(m => m.GetProperty("id").GetString() == "s").GetProperty("payload").GetProperty("data")
            .GetProperty("runChanged").GetProperty("run").GetProperty("id").GetString());

        await talker.Say(new { type = "complete", id = "s" });
        await talker.Subscribe("s", "{ server { position } }"); // the id is free again
        await talker.Hear("next", "s");
        await talker.Hear("complete", "s");
        await talker.Close();
    }

    [Fact]
    public async Task The_key_comes_from_the_header_or_from_the_init_and_a_wrong_one_is_4403()
    {
        await using var byHeader = await Talker.Open(server, key: server.RequestKey);
        await byHeader.Subscribe("1", Request);
        Assert.Contains("runs", $"{await byHeader.Hear("next", "1")}", StringComparison.Ordinal);

        await using var nobody = await Talker.Open(server);
        await nobody.Subscribe("1", Request);
        Assert.Contains("KEY_REQUIRED", $"{await nobody.Hear("next", "1")}", StringComparison.Ordinal);

        await using var wrong = await Talker.Connect(server);
        await wrong.Say(new { type = "connection_init", payload = new { Authorization = "Bearer debci_no" } });
        Assert.Equal(4403, (await wrong.End()).Code);
    }

    [Theory]
    [InlineData("{", 4400)]
    [InlineData("[]", 4400)]
    [InlineData("{\"id\": \"1\"}", 4400)]
    [InlineData("{\"type\": 5}", 4400)]
    [InlineData("{\"type\": \"start\"}", 4400)]
    [InlineData("{\"type\": \"subscribe\", \"payload\": {\"query\": \"{ server { position } }\"}}", 4400)]
    [InlineData("{\"type\": \"subscribe\", \"id\": \"\", \"payload\": {\"query\": \"{ server { position } }\"}}", 4400)]
    [InlineData("{\"type\": \"subscribe\", \"id\": \"1\", \"payload\": \"{ server { position } }\"}", 4400)]
    [InlineData("{\"type\": \"subscribe\", \"id\": \"1\", \"payload\": {\"query\": 5}}", 4400)]
    [InlineData("{\"type\": \"subscribe\", \"id\": \"\\ud800\", \"payload\": {\"query\": \"{ server { position } }\"}}", 4400)]
    [InlineData("{\"type\": \"connection_init\"}", 4429)]
    public async Task What_breaks_the_protocol_closes_the_connection(string message, int code)
    {
        await using var talker = await Talker.Open(server);
        await talker.SayText(message);
        Assert.Equal(code, (await talker.End()).Code);
    }

    [Fact]
    public async Task Before_the_init_nothing_is_executed_and_a_connection_without_one_is_closed()
    {
        await using var hasty = await Talker.Connect(server);
        await hasty.Subscribe("1", "{ server { position } }");
        Assert.Equal((4401, "Unauthorized"), await hasty.End());

        await using var silent = await Talker.Connect(server);
        Assert.Equal((4408, "Connection initialisation timeout"), await silent.End());

        await using var stranger = await Talker.Connect(server, protocol: "graphql-ws");
        Assert.Equal(4406, (await stranger.End()).Code);
    }

    [Fact]
    public async Task An_id_in_use_is_4409_a_binary_message_4400_and_a_large_one_1009()
    {
        await using var twice = await Talker.Open(server);
        await twice.Subscribe("1", Changes);
        await twice.Subscribe("1", Changes);
        Assert.Equal((4409, "Subscriber for 1 already exists"), await twice.End());

        await using var binary = await Talker.Open(server);
        await binary.SayBytes();
        Assert.Equal(4400, (await binary.End()).Code);

        await using var large = await Talker.Open(server);
        await large.Subscribe("1", new string(' ', 1 << 20));
        Assert.Equal((int)WebSocketCloseStatus.MessageTooBig, (await large.End()).Code);
    }

    [Fact]
    public async Task A_ping_is_answered_with_what_it_holds()
    {
        await using var talker = await Talker.Connect(server);
        await talker.SayText("{\"type\": \"ping\", \"payload\": {\"a\": [1, \"ü\"]}}");
        var pong = await talker.Hear();
        Assert.Equal("pong", pong.GetProperty("type").GetString());
        Assert.Equal("ü", pong.GetProperty("payload").GetProperty("a")[1].GetString());
        await talker.SayText("{\"type\": \"pong\"}");
        await talker.SayText("{\"type\": \"ping\"}");
        Assert.False((await talker.Hear()).TryGetProperty("payload", out _));
    }

    [Theory]
    [InlineData("{", "SYNTAX_ERROR")]
    [InlineData("{ nothing }", "FIELDS_ON_CORRECT_TYPE")]
    [InlineData("", "INVALID")]
    public async Task A_document_that_is_not_executed_is_an_error_of_its_operation_only(string query, string code)
    {
        await using var talker = await Talker.Open(server);
        await talker.Subscribe("1", query);
        Assert.Equal(code, (await talker.Hear("error", "1"))[0].GetProperty("extensions").GetProperty("code").GetString());
        await talker.Subscribe("1", "{ server { position } }");
        await talker.Hear("next", "1");
    }

    [Fact]
    public async Task A_connection_runs_a_bounded_number_of_operations_and_tells_the_one_that_is_too_many()
    {
        await using var talker = await Talker.Open(server);
        for (var i = 0; i < Api.GraphQL.Http.GraphQLLimits.SocketOperations; i++)
            await talker.Subscribe($"{i}", "subscription { runChanged(filter: {package: \"nobody\"}) { cursor } }");
        await talker.Subscribe("more", "{ server { position } }");
        Assert.Equal("TOO_MANY", (await talker.Hear("error", "more"))[0].GetProperty("extensions").GetProperty("code").GetString());
        await talker.Say(new { type = "complete", id = "5" });
        await talker.Subscribe("more", "{ server { position } }");
        await talker.Hear("next", "more");
    }

    [Fact]
    public async Task A_server_that_stops_says_so_with_a_code_to_connect_again()
    {
        var stopping = await Server.Start();
        await using var talker = await Talker.Open(stopping);
        await talker.Subscribe("1", Changes);
        stopping.Get<IHostApplicationLifetime>().StopApplication();
        Assert.Equal((int)WebSocketCloseStatus.EndpointUnavailable, (await talker.End()).Code);
        await stopping.DisposeAsync();
    }

    [Fact]
    public async Task A_subscriber_resumes_behind_its_cursor()
    {
        var now = (await server.Client().Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString();
        await using var first = await Talker.Open(server);
        await first.Subscribe("1", Changes, new { after = now });
        await server.Client(server.RequestKey).Request("one", "two");
        var cursor = (await first.Hear("next", "1")).GetProperty("data").GetProperty("runChanged").GetProperty("cursor").GetString();
        await first.DisposeAsync();

        await using var second = await Talker.Open(server);
        await second.Subscribe("1", Changes, new { after = cursor });
        while ((await second.Hear("next", "1")).GetProperty("data").GetProperty("runChanged").GetProperty("run").GetProperty("package").GetString() != "two")
        {
        }
    }

    [Fact]
    public async Task A_subscriber_that_does_not_read_gets_it_all_when_it_goes_on_and_its_connection_too()
    {
        // Much more than the queue and the buffers of the network hold: 3000 changes of 20 kB.
        const int many = 3000;
        var triggers = Enumerable.Range(0, 10).Select(i => $"{new string('t', 90)}{i}/1");
        var large = "subscription ($after: String) { runChanged(after: $after) { run { package " + string.Concat(Enumerable.Range(0, 20).Select(i => $"t{i}: triggers ")) + "} } }";
        var now = (await server.Client().Data("{ server { position } }")).GetProperty("server").GetProperty("position").GetString();
        await using var sleeper = await Talker.Open(server);
        await sleeper.Subscribe("1", large, new { after = now });
        await using var reader = await Subscription.Open(server.Client(), now);
        await server.Client(server.RequestKey).Data(
            "mutation ($t: [TestInput!]!) { requestRuns(input: {tests: $t}) { ... on Refused { message } } }",
            new { t = Enumerable.Range(0, many).Select(i => new { package = $"p{i}", suite = "testing", arch = "amd64", triggers }) });
        for (var i = 0; i < many; i++)
            await reader.Next(_ => true);

        for (var i = 0; i < many; i++)
            Assert.Equal($"p{i}", (await sleeper.Hear("next", "1")).GetProperty("data").GetProperty("runChanged").GetProperty("run").GetProperty("package").GetString());
        await sleeper.Subscribe("2", "{ server { position } }");
        await sleeper.Hear("next", "2");
    }
}
