using System.CommandLine;
using Debci.Api.Cli.Client;
using Debci.Api.Configuration;
using Debci.Api.Schedule;

namespace Debci.Api.Cli;

/// <summary><c>debci schedule</c></summary>
internal static class ScheduleVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var server = new ServerOptions();
        var suites = new Argument<string[]>("suite") { Description = "Suites; all that have a schedule, if none is named.", Arity = ArgumentArity.ZeroOrMore };
        var state = new Option<string>("--state") { Description = "Where it keeps what it has seen.", DefaultValueFactory = _ => "schedule" };
        var first = new Option<string>("--initial") { Description = "What the first look at an archive does: remember what is there, or request all of it.", DefaultValueFactory = _ => "remember" };
        first.AcceptOnlyFromAmong("remember", "request");
        var dry = new Option<bool>("--dry-run") { Description = "Prints what would be asked for, and changes nothing." };
        var command = new Command("schedule", "Follows the archives of suites, and requests runs for what is new there: [schedule.SUITE] in the configuration. Meant for a timer.")
        { suites, state, first, dry, config };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            using var client = arguments.GetValue(dry) ? null : server.Connect(arguments);
            var round = new ScheduleRound(client, configuration, arguments.GetRequiredValue(state), arguments.GetValue(first) == "request");
            return await Follow(round, Named(arguments.GetValue(suites) ?? [], configuration), cancellation);
        }));
        return command;
    }

    private static string[] Named(string[] suites, DebciConfiguration configuration)
    {
        if (suites.FirstOrDefault(s => !configuration.Schedules.ContainsKey(s)) is { } unknown)
            throw new InvalidOperationException($"There is no table [schedule.{unknown}] in the configuration.");
        return suites.Length > 0 ? suites : configuration.Schedules.Count > 0 ? [.. configuration.Schedules.Keys]
            : throw new InvalidOperationException("No suite has a table [schedule.SUITE] in the configuration; ops/debci.toml shows one.");
    }

    // An archive that is broken keeps no other from being followed.
    private static async Task<int> Follow(ScheduleRound round, IReadOnlyList<string> suites, CancellationToken cancellation)
    {
        var code = 0;
        foreach (var suite in suites)
        {
            code |= await Verbs.Run(async () =>
            {
                Console.WriteLine(Terminal.Safe(await round.Run(suite, DateTimeOffset.UtcNow, cancellation)));
                return 0;
            });
        }
        return code;
    }
}
