using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli;

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
        var packages = new Argument<string[]>("package") { Description = "Source packages.", Arity = ArgumentArity.OneOrMore };
        var suite = new Option<string>("--suite") { Description = "Suite to test in.", Required = true };
        var arch = new Option<string>("--arch") { Description = "Debian architecture.", Required = true };
        var triggers = new Option<string[]>("--trigger") { Description = "What caused it, as source/version; can be given several times." };
        var pins = new Option<string[]>("--pin") { Description = "Packages from another suite, as unstable=src:green,src:other; can be given several times." };
        var backend = new Option<string?>("--backend") { Description = "The backend that it needs." };
        var priority = new Option<int>("--priority") { Description = "1 (last) to 10 (first).", DefaultValueFactory = _ => 5 };
        var batch = new Option<string?>("--batch") { Description = "Your own id for this batch: sent again, nothing changes." };
        var isPrivate = new Option<bool>("--private") { Description = "Only you and operators may see it." };
        var command = new Command("request", "Asks for runs.") { packages, suite, arch, triggers, pins, backend, priority, batch, isPrivate };
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var tests = arguments.GetRequiredValue(packages).Select(package => new
            {
                package, suite = arguments.GetRequiredValue(suite), arch = arguments.GetRequiredValue(arch),
                triggers = arguments.GetValue(triggers) ?? [], pins = (arguments.GetValue(pins) ?? []).Select(ReadPin),
                backend = arguments.GetValue(backend), priority = arguments.GetValue(priority), isPrivate = arguments.GetValue(isPrivate),
            });
            var data = await client.Ask(Mutation, new { input = new { batchId = arguments.GetValue(batch), tests } }, cancellation);
            return Show(data.GetProperty("requestRuns"), arguments.GetRequiredValue(packages), arguments.GetValue(server.Json));
        }));
        return command;
    }

    private static int Show(JsonElement answer, string[] packages, bool json)
    {
        if (json)
            Console.WriteLine(answer);
        else if (answer.GetProperty("__typename").GetString() == "Refused")
            Console.Error.WriteLine(Terminal.Safe(answer.GetProperty("message").GetString()!));
        else
            foreach (var (package, item) in packages.Zip(answer.GetProperty("items").EnumerateArray()))
                Console.WriteLine(Line(package, item));
        return answer.GetProperty("__typename").GetString() == "Refused" ? 1 : 0;
    }

    private static string Line(string package, JsonElement item)
    {
        var notice = item.GetProperty("refusal") is { ValueKind: JsonValueKind.Object } refusal ? refusal.GetProperty("message").GetString()
            : item.GetProperty("outcome").GetString() == "ALREADY_PENDING" ? "already pending" : item.GetProperty("notice").GetString();
        return $"{item.GetProperty("run").GetString() ?? "refused",10}  {Terminal.Safe(package)}{(notice is null ? "" : $"  ({Terminal.Safe(notice)})")}";
    }

    private static object ReadPin(string text)
    {
        var parts = text.Split('=', 2);
        return parts.Length == 2 ? new { packages = parts[1].Split(','), suite = parts[0] }
            : throw new InvalidOperationException($"The pin {text} cannot be read; write SUITE=src:PACKAGE,src:PACKAGE.");
    }
}
