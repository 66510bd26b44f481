using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci request</c></summary>
internal static class RequestVerb
{
    private const string Mutation = """
        mutation ($input: RequestRunsInput!) {
          requestRuns(input: $input) { __typename ... on BatchAccepted { batch runs position items { outcome run notice refusal { message } } } ... on Refused { code message path } }
        }
        """;

    public static Command Create()
    {
        var server = new ServerOptions();
        var tests = new RequestedTests();
        var batch = new Option<string?>("--batch") { Description = "Your own id for this batch: sent again, nothing changes." };
        var each = new Option<bool>("--each") { Description = "Takes what is right of the batch, and refuses the rest one by one; else one bad test refuses all." };
        var wait = Waiting.Option();
        var command = new Command("request", "Asks for runs. Every package is tested in every suite on every architecture that is named.");
        tests.AddTo(command);
        command.Add(batch);
        command.Add(each);
        command.Add(wait);
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var asked = await tests.Read(arguments, cancellation);
            var input = new { batchId = arguments.GetValue(batch), onBadTest = arguments.GetValue(each) ? "REFUSE_TEST" : "REFUSE_BATCH", tests = asked };
            var answer = (await client.Ask(Mutation, new { input }, cancellation)).GetProperty("requestRuns");
            var code = Show(answer, asked, arguments.GetValue(server.Json));
            return arguments.GetValue(wait) && answer.TryGetProperty("runs", out _)
                ? Waiting.WithRefused(await Waiting.ForAll(client, answer, arguments.GetValue(server.Json), cancellation), code != 0) : code;
        }));
        return command;
    }

    private static int Show(JsonElement answer, IReadOnlyList<JsonObject> asked, bool json)
    {
        if (json)
            Console.WriteLine(answer);
        if (answer.GetProperty("__typename").GetString() == "Refused")
        {
            if (!json)
                Console.Error.WriteLine(Terminal.Safe(answer.GetProperty("message").GetString()!));
            return 1;
        }
        var items = answer.GetProperty("items").EnumerateArray().ToList();
        if (!json)
            Table.Print(asked.Zip(items, Line));
        return items.Exists(i => i.GetProperty("run").ValueKind == JsonValueKind.Null) ? 1 : 0;
    }

    private static string[] Line(JsonObject test, JsonElement item)
    {
        var notice = item.GetProperty("refusal") is { ValueKind: JsonValueKind.Object } refusal ? refusal.GetProperty("message").GetString()
            : item.GetProperty("outcome").GetString() == "ALREADY_PENDING" ? "already pending" : item.GetProperty("notice").GetString();
        return [item.GetProperty("run").GetString() ?? "refused", $"{test["package"]}", $"{test["suite"]}/{test["arch"]}", notice is null ? "" : $"({notice})"];
    }
}
