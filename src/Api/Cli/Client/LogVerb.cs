using System.CommandLine;
using System.Text;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

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

    // With --follow attempt after attempt; without, the newest one.
    private static async Task Copy(DebciClient client, long run, bool follow, Stream output, CancellationToken cancellation)
    {
        var (attempt, offset) = (follow ? 1 : (int?)null, 0L);
        while (true)
        {
            using var answer = await client.Http.GetAsync($"runs/{run}/log?offset={offset}" + (follow ? $"&wait=20&attempt={attempt}" : ""), cancellation);
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                if (follow && await MayGoOn(client, run, attempt!.Value, cancellation))
                    continue;
                if (attempt > 1)
                    return; // it ended without another one
                throw new InvalidOperationException(JsonSerializer.Deserialize<JsonElement>(bytes).GetProperty("message").GetString());
            }
            if (attempt > 1 && offset == 0 && bytes.Length > 0)
                await Console.Error.WriteLineAsync($"Attempt {attempt}:");
            await output.WriteAsync(ForOutput(bytes), cancellation);
            await output.FlushAsync(cancellation);
            offset += bytes.Length;
            if (offset < Number(answer, "Log-Size") || (follow && !Is(answer, "Log-Complete")))
                continue;
            if (!follow || Is(answer, "Run-Over") && await AttemptsOf(client, run, cancellation) == attempt)
                return;
            (attempt, offset) = (attempt + 1, 0);
        }
    }

    private static long Number(HttpResponseMessage answer, string header) =>
        long.Parse(answer.Headers.GetValues(header).Single(), System.Globalization.CultureInfo.InvariantCulture);

    private static bool Is(HttpResponseMessage answer, string header) => answer.Headers.GetValues(header).Single() == "true";

    // Before an attempt begins it has no log to wait at.
    private static async Task<bool> MayGoOn(DebciClient client, long run, int attempt, CancellationToken cancellation)
    {
        var (state, attempts) = await StateOf(client, run, cancellation);
        if (state is not ("PENDING" or "RUNNING"))
            return false;
        if (attempts < attempt)
            await Task.Delay(TimeSpan.FromSeconds(1), cancellation);
        return true;
    }

    private static async Task<int> AttemptsOf(DebciClient client, long run, CancellationToken cancellation) =>
        (await StateOf(client, run, cancellation)).Attempts;

    private static async Task<(string? State, int Attempts)> StateOf(DebciClient client, long run, CancellationToken cancellation)
    {
        var data = await client.Ask("query ($id: ID!) { run(id: $id) { state attempt } }", new { id = $"{run}" }, cancellation);
        return data.GetProperty("run") is { ValueKind: JsonValueKind.Object } found
            ? (found.GetProperty("state").GetString(), found.GetProperty("attempt").GetInt32()) : (null, 0);
    }

    // Into a file or a pipe goes the log as it is; on a terminal it must not steer.
    private static byte[] ForOutput(byte[] log) =>
        Console.IsOutputRedirected ? log : Encoding.UTF8.GetBytes(Terminal.Safe(Encoding.UTF8.GetString(log)));
}
