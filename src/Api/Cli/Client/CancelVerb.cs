using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci cancel</c></summary>
internal static class CancelVerb
{
    private const string ByFilter = "($filter: QueueFilter!, $reason: String) cancelRuns(filter: $filter, reason: $reason)";
    private const string ByNumber = "($run: ID!, $reason: String) cancelRun(run: $run, reason: $reason)";

    public static Command Create()
    {
        var server = new ServerOptions();
        var runs = new Argument<long[]>("run") { Description = "Runs by number; without any, those that fit the options.", Arity = ArgumentArity.ZeroOrMore };
        Dictionary<string, Option<string?>> filter = new()
        {
            ["package"] = new("--package") { Description = "Of this source package." },
            ["suite"] = new("--suite") { Description = "In this suite." },
            ["arch"] = new("--arch") { Description = "On this architecture." },
            ["trigger"] = new("--trigger") { Description = "With this trigger, source/version." },
            ["requester"] = new("--requester") { Description = "Asked for by this account, by id (operators)." },
        };
        var reason = Reason.Option();
        var command = new Command("cancel", "Takes runs back, waiting or running: your own, and with an operator's key everybody's.") { runs, reason };
        foreach (var option in filter.Values)
            command.Add(option);
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var (numbers, why) = (arguments.GetValue(runs) ?? [], arguments.GetValue(reason));
            if (numbers.Length == 0)
                return await AllThatFit(client, filter.ToDictionary(f => f.Key, f => arguments.GetValue(f.Value)), why, cancellation);
            var code = 0;
            foreach (var run in numbers)
                code |= await Mutate.Send(client, ByNumber, "... on RunCancelled { run }", new { run, reason = why }, a => $"run {a.GetProperty("run").GetString()} is cancelled.", cancellation);
            return code;
        }));
        return command;
    }

    private static async Task<int> AllThatFit(DebciClient client, Dictionary<string, string?> filter, string? reason, CancellationToken cancellation)
    {
        for (JsonElement? answer = null; answer?.GetProperty("more").GetBoolean() is not false;)
        {
            var code = await Mutate.Send(client, ByFilter, "... on RunsCancelled { cancelled more }", new { filter, reason },
                a => $"{(answer = a).Value.GetProperty("cancelled")} runs are cancelled.", cancellation);
            if (code != 0)
                return code;
        }
        return 0;
    }
}
