using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace Debci.Api.Cli;

/// <summary><c>debci log</c></summary>
internal static class LogVerb
{
    public static Command Create()
    {
        var server = new ServerOptions();
        var run = new Argument<long>("run") { Description = "The run's number." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Goes on while the run goes on, and ends with it." };
        var command = new Command("log", "Prints a run's log.") { run, follow };
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            using var client = server.Connect(arguments);
            await using var output = Console.OpenStandardOutput();
            await Copy(client, arguments.GetValue(run), arguments.GetValue(follow), output, cancellation);
            return 0;
        }));
        return command;
    }

    private static async Task Copy(DebciClient client, long run, bool follow, Stream output, CancellationToken cancellation)
    {
        for (var offset = 0L; ;)
        {
            using var answer = await client.Http.GetAsync($"runs/{run}/log?offset={offset}&wait={(follow ? 20 : 0)}", cancellation);
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                if (follow && await IsWaiting(client, run, cancellation))
                    continue;
                throw new InvalidOperationException(JsonSerializer.Deserialize<JsonElement>(bytes).GetProperty("message").GetString());
            }
            await output.WriteAsync(ForOutput(bytes), cancellation);
            await output.FlushAsync(cancellation);
            offset += bytes.Length;
            var size = long.Parse(answer.Headers.GetValues("Log-Size").Single(), System.Globalization.CultureInfo.InvariantCulture);
            var complete = answer.Headers.GetValues("Log-Complete").Single() == "true";
            if (offset >= size && (complete || !follow))
                return;
        }
    }

    // Before its first attempt a run has no log to wait at.
    private static async Task<bool> IsWaiting(DebciClient client, long run, CancellationToken cancellation)
    {
        var data = await client.Ask("query ($id: ID!) { run(id: $id) { state } }", new { id = $"{run}" }, cancellation);
        var state = data.GetProperty("run") is { ValueKind: JsonValueKind.Object } found ? found.GetProperty("state").GetString() : null;
        if (state == "PENDING")
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        return state is "PENDING" or "RUNNING";
    }

    // Into a file or a pipe goes the log as it is; on a terminal it must not steer.
    private static byte[] ForOutput(byte[] log) =>
        Console.IsOutputRedirected ? log : Encoding.UTF8.GetBytes(Terminal.Safe(Encoding.UTF8.GetString(log)));
}
