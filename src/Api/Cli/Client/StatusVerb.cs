using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci status</c></summary>
internal static class StatusVerb
{
    private const string RunQuery = $"query ($id: ID!) {{ run(id: $id) {{ {RunLine.Fields} tests {{ name result detail }} logUrl artifactsUrl }} }}";

    private const string PackageQuery = $"query ($filter: RunFilter!) {{ runs(filter: $filter, first: 20) {{ nodes {{ {RunLine.Fields} }} }} }}";

    private const string ServerQuery = $"query {{ server {{ position stopped {{ model position error }} }} workers {{ name arches backends tags runs lastCall drainedAt drainedWhy setAsideAt setAsideWhy }} pauses {{ kind name reason }} runs(first: 20) {{ nodes {{ {RunLine.Fields} }} }} }}";

    public static Command Create()
    {
        var server = new ServerOptions();
        var what = new Argument<string?>("run-or-package") { Description = "A run's number, or a source package; the newest runs of all if left out.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("status", "Tells how a run, a package or the server fares.") { what };
        server.AddTo(command);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            var subject = arguments.GetValue(what);
            var isRun = long.TryParse(subject, out _);
            var data = await client.Ask(
                subject is null ? ServerQuery : isRun ? RunQuery : PackageQuery,
                new { id = subject, filter = new { package = subject } }, cancellation);
            if (arguments.GetValue(server.Json))
                Console.WriteLine(data);
            else
                Show(data);
            return isRun && data.GetProperty("run").ValueKind == JsonValueKind.Null ? Unknown(subject!) : 0;
        }));
        return command;
    }

    private static void Show(JsonElement data)
    {
        if (data.TryGetProperty("run", out var run) && run.ValueKind != JsonValueKind.Null)
            ShowRun(run);
        if (data.TryGetProperty("workers", out var workers))
            foreach (var worker in workers.EnumerateArray())
                Console.WriteLine(Terminal.Safe($"worker {worker.GetProperty("name")}: {worker.GetProperty("arches")} {worker.GetProperty("backends")} last call {worker.GetProperty("lastCall")}{Standing(worker)}"));
        if (data.TryGetProperty("pauses", out var pauses))
            foreach (var pause in pauses.EnumerateArray())
                Console.WriteLine(Terminal.Safe($"paused {pause.GetProperty("kind").GetString()!.ToLowerInvariant()} {pause.GetProperty("name")}  {pause.GetProperty("reason")}"));
        if (data.TryGetProperty("runs", out var runs))
            foreach (var node in runs.GetProperty("nodes").EnumerateArray())
                Console.WriteLine(RunLine.Of(node));
    }

    private static string Standing(JsonElement worker) =>
        worker.GetProperty("drainedAt").ValueKind != JsonValueKind.Null ? $", drained  {worker.GetProperty("drainedWhy")}"
        : worker.GetProperty("setAsideAt").ValueKind != JsonValueKind.Null ? $", set aside: {worker.GetProperty("setAsideWhy")}" : "";

    private static void ShowRun(JsonElement run)
    {
        Console.WriteLine(RunLine.Of(run));
        foreach (var test in run.GetProperty("tests").EnumerateArray())
            Console.WriteLine(Terminal.Safe($"          {test.GetProperty("name"),-32} {test.GetProperty("result")} {test.GetProperty("detail")}".TrimEnd()));
    }

    private static int Unknown(string run)
    {
        Console.Error.WriteLine($"There is no run {run}.");
        return 1;
    }
}
