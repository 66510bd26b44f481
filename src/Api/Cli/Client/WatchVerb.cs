using System.CommandLine;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci watch</c></summary>
internal static class WatchVerb
{
    private const string Subscription = $"subscription ($filter: RunFilter, $after: String) {{ runChanged(filter: $filter, after: $after) {{ cursor run {{ {RunLine.Fields} }} }} }}";
    private static readonly string[] Over = ["FINISHED", "CANCELLED", "SUPERSEDED", "ABANDONED"];

    public static Command Create()
    {
        var server = new ServerOptions();
        var package = new Option<string?>("--package") { Description = "Of this source package only." };
        var suite = new Option<string?>("--suite") { Description = "Of this suite only." };
        var arch = new Option<string?>("--arch") { Description = "On this architecture only." };
        var after = new Option<string?>("--after") { Description = "A cursor to resume behind." };
        var until = new Option<string[]>("--until-over") { Description = "Runs; ends when all of them are over. Can be given several times.", AllowMultipleArgumentsPerToken = true };
        var command = new Command("watch", "Prints what happens to runs, as it happens.") { package, suite, arch, after, until };
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var waitingFor = (arguments.GetValue(until) ?? []).ToHashSet(StringComparer.Ordinal);
            var ends = waitingFor.Count > 0;
            var variables = new
            {
                filter = new { package = arguments.GetValue(package), suite = arguments.GetValue(suite), arch = arguments.GetValue(arch) },
                after = arguments.GetValue(after),
            };
            await foreach (var data in client.Follow(Subscription, variables, cancellation))
            {
                var change = data.GetProperty("runChanged");
                Console.WriteLine(arguments.GetValue(server.Json) ? $"{change}" : RunLine.Of(change.GetProperty("run")));
                if (Over.Contains(change.GetProperty("run").GetProperty("state").GetString()))
                    waitingFor.Remove(change.GetProperty("run").GetProperty("id").GetString()!);
                if (ends && waitingFor.Count == 0)
                    return 0;
            }
            throw new InvalidOperationException("The server ended the subscription; subscribe again with --after and your last cursor.");
        }));
        return command;
    }
}
