using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci webhook</c></summary>
internal static class WebhookVerb
{
    private const string Webhooks = "query { webhooks { id url package suite arch state status createdAt failures failingSince nextAt disabledAt disabledWhy } }";
    private const string Deliveries = "query { webhooks { id deliveries(first: 200) { at run succeeded outcome seconds } } }";

    private static readonly (string Name, string Description)[] Filters =
    [
        ("package", "Of this source package only."), ("suite", "Of this suite only."), ("arch", "On this architecture only."),
        ("state", "In this state only, such as finished."), ("status", "With this result only, such as fail."),
    ];

    public static Command Create() => new("webhook", "Addresses that are told of changes of runs.")
    {
        Add(), List(), Log(),
        Change("enable", "Has one that was disabled told again, from where it was left.", "is told again"),
        Change("remove", "Removes one.", "is removed"),
    };

    private static Command Add()
    {
        var server = new ServerOptions();
        var url = new Argument<string>("url") { Description = "https://… or http://…" };
        var filters = Filters.ToDictionary(f => f.Name, f => new Option<string?>($"--{f.Name}") { Description = f.Description });
        var command = new Command("add", "Adds one, and prints the secret that its deliveries are signed with, once.") { url };
        foreach (var option in filters.Values)
            command.Add(option);
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var filter = filters.ToDictionary(f => f.Key, f => f.Key is "state" or "status" ? arguments.GetValue(f.Value)?.ToUpperInvariant() : arguments.GetValue(f.Value));
            return await Mutate.Send(client, "($url: String!, $filter: RunFilter) addWebhook(url: $url, filter: $filter)", "... on WebhookAdded { id secret }",
                new { url = arguments.GetRequiredValue(url), filter }, a => $"{a.Word("id")}  secret {a.Word("secret")}", cancellation);
        }));
        return command;
    }

    private static Command List()
    {
        var server = new ServerOptions();
        var command = new Command("list", "Prints yours; with an operator's key everybody's.");
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var hooks = (await client.Ask(Webhooks, new { }, cancellation)).GetProperty("webhooks");
            Print(hooks, arguments.GetValue(server.Json), h => [h.Word("id"), string.Join(' ', Filters.Select(f => h.Word(f.Name)).Where(w => w.Length > 0)), Standing(h), h.Word("url")]);
            return 0;
        }));
        return command;
    }

    private static string Standing(JsonElement hook) => hook.Word("disabledWhy") is { Length: > 0 } why ? $"disabled: {why}"
        : hook.Word("failingSince") is { Length: > 0 } since ? $"fails since {since}" : "ok";

    private static Command Log()
    {
        var server = new ServerOptions();
        var id = new Argument<string>("id") { Description = "Its id." };
        var command = new Command("log", "Prints the last tries to tell one, the newest first.") { id };
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var hooks = (await client.Ask(Deliveries, new { }, cancellation)).GetProperty("webhooks").EnumerateArray();
            var own = hooks.FirstOrDefault(h => h.Word("id") == arguments.GetRequiredValue(id));
            if (own.ValueKind == JsonValueKind.Undefined)
                throw new InvalidOperationException($"You have no webhook {arguments.GetRequiredValue(id)}; `debci webhook list` has those that you have.");
            Print(own.GetProperty("deliveries"), arguments.GetValue(server.Json), d => [d.Word("at"), d.Word("run"), d.GetProperty("succeeded").GetBoolean() ? "told" : "failed", d.Word("outcome")]);
            return 0;
        }));
        return command;
    }

    private static void Print(JsonElement rows, bool json, Func<JsonElement, string[]> columns)
    {
        if (json)
            Console.WriteLine(rows);
        else
            Table.Print(rows.EnumerateArray().Select(columns));
    }

    private static Command Change(string verb, string description, string done)
    {
        var server = new ServerOptions();
        var id = new Argument<string>("id") { Description = "Its id." };
        var command = new Command(verb, description) { id };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            return await Mutate.Send(client, $"($id: ID!) {verb}Webhook(id: $id)", "... on WebhookChanged { id }", new { id = arguments.GetRequiredValue(id) }, a => $"{a.Word("id")} {done}.", cancellation);
        }));
        return command;
    }
}
