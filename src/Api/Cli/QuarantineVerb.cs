using System.CommandLine;
using Debci.Api.Cli.Client;

namespace Debci.Api.Cli;

/// <summary><c>debci quarantine</c></summary>
internal static class QuarantineVerb
{
    public static Command Create() => new("quarantine", "Packages whose runs are held, since they were abandoned again and again.") { List(), Lift() };

    private static Command List()
    {
        var server = new ServerOptions();
        var command = new Command("list", "Prints them.");
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var rows = (await client.Ask("{ quarantine { package suite arch version runs since } }", new { }, cancellation)).GetProperty("quarantine");
            if (arguments.GetValue(server.Json))
                Console.WriteLine(rows);
            else
                foreach (var row in rows.EnumerateArray())
                    Console.WriteLine(Terminal.Safe($"{row.GetProperty("package")} {row.GetProperty("suite")} {row.GetProperty("arch")} {row.GetProperty("version")}"));
            return 0;
        }));
        return command;
    }

    private static Command Lift()
    {
        var server = new ServerOptions();
        var package = new Argument<string>("package") { Description = "Source package." };
        var suite = new Option<string>("--suite") { Description = "Suite.", Required = true };
        var arch = new Option<string>("--arch") { Description = "Debian architecture.", Required = true };
        var version = new Option<string?>("--version-of") { Description = "The version, as `debci quarantine list` names it; left out where it names none." };
        var reason = Reason.Option();
        var command = new Command("lift", "Gives out the held runs of a package again.") { package, suite, arch, version, reason };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            return await Mutate.Send(client,
                "($package: String!, $suite: String!, $arch: String!, $version: String, $reason: String) liftQuarantine(package: $package, suite: $suite, arch: $arch, version: $version, reason: $reason)",
                "... on Decided { position }",
                new
                {
                    package = arguments.GetRequiredValue(package), suite = arguments.GetRequiredValue(suite), arch = arguments.GetRequiredValue(arch),
                    version = arguments.GetValue(version), reason = arguments.GetValue(reason),
                }, _ => $"{arguments.GetRequiredValue(package)} is given out again.", cancellation);
        }));
        return command;
    }
}
