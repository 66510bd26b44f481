using System.CommandLine;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci publish</c></summary>
internal static class PublishVerb
{
    private const string Call = "($runs: [ID!]!) publishRuns(runs: $runs)";

    public static Command Create()
    {
        var server = new ServerOptions();
        var runs = new Argument<long[]>("run") { Description = "Runs by number; each must be over.", Arity = ArgumentArity.OneOrMore };
        var command = new Command("publish", "Makes private runs public, with their logs and artifacts: your own, and with an operator's key everybody's. Others' are passed over.") { runs };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            return await Mutate.Send(client, Call, "... on RunsPublished { runs }", new { runs = arguments.GetRequiredValue(runs).Select(r => $"{r}") },
                a => a.GetProperty("runs").GetArrayLength() is > 0 and var count ? $"Public: {(count == 1 ? "run" : "runs")} {string.Join(", ", a.GetProperty("runs").EnumerateArray())}." : "None of these runs is yours.",
                cancellation);
        }));
        return command;
    }
}
