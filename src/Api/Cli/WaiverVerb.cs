using System.CommandLine;
using Debci.Api.Cli.Client;

namespace Debci.Api.Cli;

/// <summary><c>debci waiver</c>, in the words of britney's hints.</summary>
internal static class WaiverVerb
{
    private static readonly Dictionary<string, string> Kinds = new(StringComparer.Ordinal) { ["force-badtest"] = "BAD_TEST", ["force-skiptest"] = "SKIP_TEST" };

    public static Command Create() => new("waiver", "Whose tests do not count at the gate (verdicts); britney goes by hints of its own.")
    {
        Change("add", "waive", "Lets tests of a package through; say why with --reason. Needs a key with the scope waive.", "holds"),
        Change("withdraw", "withdrawWaiver", "Has them count again.", "is withdrawn"),
        List(),
    };

    private static Command Change(string verb, string mutation, string description, string done)
    {
        var server = new ServerOptions();
        var kind = new Argument<string>("kind") { Description = "force-badtest: the package's own failures, up to the version. force-skiptest: the candidate of just this version." };
        kind.AcceptOnlyFromAmong([.. Kinds.Keys]);
        var package = new Argument<string>("package/version") { Description = "Such as green/2-1; green/all for every version's failures." };
        var suite = new Option<string>("--suite") { Description = "The target suite.", Required = true };
        var arch = new Option<string?>("--arch") { Description = "On this Debian architecture only." };
        var until = new Option<DateTimeOffset?>("--until") { Description = "From then on it does not hold: 2026-12-24, or with a time." };
        var reason = Reason.Option();
        var command = new Command(verb, description) { kind, package, suite, arch, until, reason };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var (name, version) = arguments.GetRequiredValue(package).Split('/') is [var n, var v] ? (n, v)
                : throw new InvalidOperationException("Write the package with its version, such as green/2-1.");
            return await Mutate.Send(client, $"($waiver: WaiverInput!, $reason: String) {mutation}(waiver: $waiver, reason: $reason)", "... on Decided { position }", new
            {
                waiver = new
                {
                    kind = Kinds[arguments.GetRequiredValue(kind)], suite = arguments.GetRequiredValue(suite), package = name, version,
                    arch = arguments.GetValue(arch), until = arguments.GetValue(until),
                },
                reason = arguments.GetValue(reason),
            }, _ => $"{arguments.GetRequiredValue(kind)} {arguments.GetRequiredValue(package)} {done}.", cancellation);
        }));
        return command;
    }

    private static Command List()
    {
        var server = new ServerOptions();
        var suite = new Option<string?>("--suite") { Description = "Of this target suite only." };
        var command = new Command("list", "Prints them, those among them that have ended.") { suite };
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var rows = (await client.Ask("query ($suite: String) { waivers(suite: $suite) { kind suite package version arch until reason actor since } }",
                new { suite = arguments.GetValue(suite) }, cancellation)).GetProperty("waivers");
            if (arguments.GetValue(server.Json))
                Console.WriteLine(rows);
            else
                foreach (var row in rows.EnumerateArray())
                    Console.WriteLine(Terminal.Safe(string.Join("  ", Kinds.First(k => k.Value == row.GetProperty("kind").GetString()).Key, $"{row.GetProperty("package")}/{row.GetProperty("version")}",
                        $"{row.GetProperty("suite")}", $"{row.GetProperty("arch")}", $"{row.GetProperty("until")}", $"{row.GetProperty("reason")}").Replace("    ", "  ", StringComparison.Ordinal)));
            return 0;
        }));
        return command;
    }
}
