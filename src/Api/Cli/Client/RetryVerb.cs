using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci retry</c></summary>
internal static class RetryVerb
{
    private const string Mutation = "mutation ($run: ID!) { retryRun(run: $run) { __typename ... on BatchAccepted { batch runs position } ... on Refused { code message } } }";

    public static Command Create()
    {
        var server = new ServerOptions();
        var runs = new Argument<long[]>("run") { Description = "Runs by number; each must be over.", Arity = ArgumentArity.OneOrMore };
        var wait = Waiting.Option();
        var command = new Command("retry", "Asks for the same again as new runs, for the first requester, with the same triggers and pins.") { runs, wait };
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var (json, codes) = (arguments.GetValue(server.Json), new List<int>());
            var accepted = new List<JsonElement>();
            foreach (var run in arguments.GetRequiredValue(runs))
            {
                var answer = (await client.Ask(Mutation, new { run = $"{run}" }, cancellation)).GetProperty("retryRun");
                codes.Add(Show(run, answer, json));
                if (codes[^1] == 0)
                    accepted.Add(answer);
            }
            if (accepted.Count == 0 || !arguments.GetValue(wait))
                return codes.Max();
            var outcomes = new List<int>();
            foreach (var answer in accepted)
                outcomes.Add(await Waiting.ForAll(client, answer, json, cancellation));
            return Waiting.WithRefused(Waiting.Worst(outcomes), codes.Contains(1));
        }));
        return command;
    }

    private static int Show(long run, JsonElement answer, bool json)
    {
        var isRefused = answer.GetProperty("__typename").GetString() == "Refused";
        if (json)
            Console.WriteLine(answer);
        else if (isRefused)
            Console.Error.WriteLine(Terminal.Safe(answer.GetProperty("message").GetString()!));
        else
            Console.WriteLine($"run {run} is asked for again as run {string.Join(", ", answer.GetProperty("runs").EnumerateArray())}.");
        return isRefused ? 1 : 0;
    }
}
