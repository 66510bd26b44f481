using System.CommandLine;
using System.Diagnostics;
using Debci.EventLog.Copy;

namespace Debci.Api.Cli;

/// <summary><c>debci copy-log</c></summary>
internal static class CopyLogVerb
{
    // Alike as far as it came; the source has grown meanwhile.
    private const int NotWhole = 3;

    public static Command Create()
    {
        const string place = "a connection of PostgreSQL, or of EventStoreDB (esdb://…), or the path of a file that holds it (it begins with / or .), so that no password shows in the list of processes.";
        var from = new Option<string>("--from") { Description = $"The log: {place}", Required = true };
        var to = new Option<string>("--to") { Description = $"Where it goes, which holds nothing yet: {place}", Required = true };
        var command = new Command("copy-log", "Copies the log to another engine, and compares all of it. Interrupted: it goes on. Positions, cursors and heads stay valid. Exit code 3 when the log has grown meanwhile: stop the servers, and run it again.") { from, to };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var (source, target) = (Place(arguments.GetRequiredValue(from), "--from"), Place(arguments.GetRequiredValue(to), "--to"));
            var outcome = await LogCopy.Run(source, target, Tell(), cancellation);
            Console.WriteLine($"{outcome.Stored} events were stored; both logs hold {outcome.Size}, in the same order. Their head is {Convert.ToHexStringLower(outcome.Head)}.");
            Console.WriteLine(outcome.IsWhole ? "The copy is whole: name it in [log] (and [database]), and start the servers." : "The log has grown meanwhile: stop its servers, and run this again; it goes on from here.");
            return outcome.IsWhole ? 0 : NotWhole;
        }));
        return command;
    }

    private static LogConnection Place(string text, string option)
    {
        try
        {
            return LogConnection.Parse(text is ['/' or '.', ..] ? File.ReadAllText(text).Trim() : text);
        }
        catch (FormatException mistake)
        {
            throw new FormatException($"{option} {mistake.Message}", mistake);
        }
    }

    // A line each two seconds, and one for each begin.
    private static Action<CopyProgress> Tell()
    {
        var (watch, verifying) = (Stopwatch.StartNew(), (bool?)null);
        return progress =>
        {
            if (verifying == progress.Verifying && watch.Elapsed < TimeSpan.FromSeconds(2))
                return;
            verifying = progress.Verifying;
            watch.Restart();
            Console.Error.WriteLine($"{(progress.Verifying ? "compared" : "stored")} up to position {progress.Position} of {progress.End}");
        };
    }
}
