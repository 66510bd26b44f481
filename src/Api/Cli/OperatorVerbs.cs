using System.CommandLine;
using System.Text.Json;
using Debci.Api.Cli.Client;

namespace Debci.Api.Cli;

/// <summary>Sends one mutation of an operator's and says what came of it.</summary>
internal static class Mutate
{
    /// <summary>Prints the sentence, or the refusal on standard error.</summary>
    /// <param name="client">The server.</param>
    /// <param name="call">The mutation's call, with its variables' types in front: <c>($name: String!) drainWorker(worker: $name)</c>.</param>
    /// <param name="fields">The fields of a good answer.</param>
    /// <param name="variables">The variables.</param>
    /// <param name="done">The sentence for a good answer.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<int> Send(DebciClient client, string call, string fields, object variables, Func<JsonElement, string> done, CancellationToken cancellation)
    {
        var split = call.IndexOf(") ", StringComparison.Ordinal) + 1;
        var data = await client.Ask($"mutation {call[..split]} {{ {call[split..]} {{ __typename {fields} ... on Refused {{ code message }} }} }}", variables, cancellation);
        var answer = data.EnumerateObject().Single().Value;
        var refused = answer.GetProperty("__typename").GetString() == "Refused";
        await (refused ? Console.Error : Console.Out).WriteLineAsync(Terminal.Safe(refused ? answer.GetProperty("message").GetString()! : done(answer)));
        return refused ? 1 : 0;
    }
}

/// <summary><c>debci pause</c>, <c>debci unpause</c></summary>
internal static class PauseVerb
{
    public static Command Create(string verb)
    {
        var server = new ServerOptions();
        var kind = new Argument<string>("kind") { Description = "arch, suite or backend." }.AcceptOnlyFromAmong("arch", "suite", "backend");
        var name = new Argument<string>("name") { Description = "Its name." };
        var reason = Reason.Option();
        var command = new Command(verb, verb == "pause" ? "Gives out no more runs of an arch, of a suite or on a backend." : "Gives them out again.") { kind, name, reason };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var what = $"{arguments.GetRequiredValue(kind)} {arguments.GetRequiredValue(name)}";
            return await Mutate.Send(client, $"($kind: PauseKind!, $name: String!, $reason: String) {verb}(kind: $kind, name: $name, reason: $reason)", "... on Decided { position }",
                new { kind = arguments.GetRequiredValue(kind).ToUpperInvariant(), name = arguments.GetRequiredValue(name), reason = arguments.GetValue(reason) },
                _ => verb == "pause" ? $"{what} is paused." : $"{what} goes on.", cancellation);
        }));
        return command;
    }
}

/// <summary><c>debci worker</c></summary>
internal static class WorkerVerb
{
    public static Command Create() => new("worker", "Workers: which may take runs.")
    {
        Create("drain", "drainWorker", "Lets a worker finish what it has, and gives it nothing more.", "is drained"),
        Create("resume", "resumeWorker", "Gives a drained worker runs again.", "takes runs again"),
        Create("restore", "restoreWorker", "Takes a worker that was set aside back among the others.", "is one among others again"),
    };

    private static Command Create(string verb, string mutation, string description, string done)
    {
        var server = new ServerOptions();
        var name = new Argument<string>("worker") { Description = "Its name." };
        var reason = Reason.Option();
        var command = new Command(verb, description) { name, reason };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            return await Mutate.Send(client, $"($worker: String!, $reason: String) {mutation}(worker: $worker, reason: $reason)", "... on Decided { position }",
                new { worker = arguments.GetRequiredValue(name), reason = arguments.GetValue(reason) }, _ => $"{arguments.GetRequiredValue(name)} {done}.", cancellation);
        }));
        return command;
    }
}

/// <summary><c>debci reject</c></summary>
internal static class RejectVerb
{
    public static Command Create() => new("reject", "The reject list: requests that are refused.")
    {
        Create("add", "rejectRequests", "Refuses requests that match from now on; say why with --reason.", "is refused from now on"),
        Create("remove", "readmitRequests", "Takes them again.", "is taken again"),
        List(),
    };

    private static Command Create(string verb, string mutation, string description, string done)
    {
        var server = new ServerOptions();
        var pattern = new Argument<string>("pattern") { Description = "package, package/suite or package/suite/arch, with * and ?." };
        var reason = Reason.Option();
        var command = new Command(verb, description) { pattern, reason };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            return await Mutate.Send(client, $"($pattern: String!, $reason: String) {mutation}(pattern: $pattern, reason: $reason)", "... on Decided { position }",
                new { pattern = arguments.GetRequiredValue(pattern), reason = arguments.GetValue(reason) }, _ => $"{arguments.GetRequiredValue(pattern)} {done}.", cancellation);
        }));
        return command;
    }

    private static Command List()
    {
        var server = new ServerOptions();
        var command = new Command("list", "Prints it.");
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var rows = (await client.Ask("{ rejectList { pattern reason since } }", new { }, cancellation)).GetProperty("rejectList");
            if (arguments.GetValue(server.Json))
                Console.WriteLine(rows);
            else
                foreach (var row in rows.EnumerateArray())
                    Console.WriteLine(Terminal.Safe($"{row.GetProperty("pattern").GetString()}  {row.GetProperty("reason").GetString()}"));
            return 0;
        }));
        return command;
    }
}

/// <summary>The option that says why.</summary>
internal static class Reason
{
    public static Option<string?> Option() => new("--reason") { Description = "Why; others read it." };
}
