using System.CommandLine;
using Debci.Api.Replay;

namespace Debci.Api.Cli;

/// <summary><c>debci replay</c></summary>
internal static class ReplayVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var until = new Option<string>("--until") { Description = "The moment: 2026-11-28, 2026-11-28T09:05:00Z, or a position as answers and pages have it.", Required = true };
        var listen = new Option<string>("--listen") { Description = "The address to serve it on.", DefaultValueFactory = _ => "http://127.0.0.1:8090" };
        var database = new Option<string?>("--database") { Description = "An empty database to build it in, in Npgsql's form; if left out, one is made beside the configured one." };
        var keep = new Option<bool>("--keep") { Description = "Leaves the database there at the end." };
        var command = new Command("replay", "Builds a private copy of the read models as of a moment and serves it until it is stopped: any question can be put to it, and nothing changed.") { until, listen, database, keep, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var present = arguments.Load(config) with { Listen = arguments.GetRequiredValue(listen) };
            await using var server = await ReplayServer.Build(present, arguments.GetRequiredValue(until), arguments.GetValue(database), arguments.GetValue(keep), Console.WriteLine, cancellation);
            await server.App.StartAsync(cancellation);
            Console.WriteLine($"debci serves the past, {server.Past.Position}, at {string.Join(", ", server.App.Urls)}");
            await server.App.WaitForShutdownAsync(cancellation);
            return 0;
        }));
        return command;
    }
}
