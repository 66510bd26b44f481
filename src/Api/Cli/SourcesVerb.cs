using System.CommandLine;
using Debci.Api.Cli.Client;

namespace Debci.Api.Cli;

/// <summary><c>debci sources</c></summary>
internal static class SourcesVerb
{
    public static Command Create() => new("sources", "Tells which source packages an archive has lost; `debci schedule` does it by itself for the suites that it follows.")
    {
        Tell("removed", "These have left a suite: they are in none of debci's files of current results any more.", "left"),
        Tell("returned", "A suite has these again.", "are back in"),
    };

    private static Command Tell(string what, string description, string done)
    {
        var server = new ServerOptions();
        var suite = new Argument<string>("suite") { Description = "Suite." };
        var packages = new Argument<string[]>("package") { Description = "Source packages.", Arity = ArgumentArity.OneOrMore };
        var command = new Command(what, description) { suite, packages };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            return await Mutate.Send(client, $"($suite: String!, $packages: [String!]) tellSources(suite: $suite, {what}: $packages)", "... on Decided { position }",
                new { suite = arguments.GetRequiredValue(suite), packages = arguments.GetRequiredValue(packages) },
                _ => $"{string.Join(", ", arguments.GetRequiredValue(packages))} {done} {arguments.GetRequiredValue(suite)}.", cancellation);
        }));
        return command;
    }
}
