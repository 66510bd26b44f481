using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary><c>debci events</c></summary>
internal static class EventsVerb
{
    private static readonly (string Name, string Description)[] Filters =
    [
        ("run", "About this run."), ("package", "About runs of this source package."), ("suite", "About runs in this suite."), ("arch", "About runs on this architecture."),
        ("requester", "About what this account asked for: its id; operators may give its name."), ("worker", "Of or about this worker."),
        ("actor", "Caused by account:<id>, worker:<name> or debci."), ("type", "Of this stored name, such as run.finished.v1."),
        ("from", "Recorded at or after this moment, such as 2026-11-28 or 2026-11-28T09:05:00Z."), ("until", "Recorded at or before this moment."),
        ("after", "Goes on behind this position, as the last line printed it."),
    ];

    public static Command Create()
    {
        var server = new ServerOptions();
        var filters = Filters.Select(f => new Option<string?>($"--{f.Name}") { Description = f.Description }).ToList();
        var decisions = new Option<bool>("--decisions") { Description = "Only what somebody decided: requests, retries, cancellations, pauses, waivers, policies." };
        var follow = new Option<bool>("--follow", "-f") { Description = "Does not end, and prints what is stored from now on." };
        var command = new Command("events", "Prints the log as lines of JSON, the oldest first, as far as your key may see it.") { decisions, follow };
        filters.ForEach(command.Options.Add);
        server.AddTo(command, json: false);
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var asked = Filters.Zip(filters, (f, o) => (f.Name, Value: arguments.GetValue(o))).Where(f => f.Value is not null).Select(f => $"{f.Name}={Uri.EscapeDataString(f.Value!)}").ToList();
            if (arguments.GetValue(decisions))
                asked.Add("decisions=true");
            if (arguments.GetValue(follow))
                asked.Add("follow=true");
            using var client = server.Connect(arguments);
            await Print(client, "events?" + string.Join('&', asked), cancellation);
            return 0;
        }));
        return command;
    }

    private static async Task Print(DebciClient client, string address, CancellationToken cancellation)
    {
        using var answer = await client.Http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, cancellation);
        if (!answer.IsSuccessStatusCode)
            throw new InvalidOperationException(JsonSerializer.Deserialize<JsonElement>(await answer.Content.ReadAsStringAsync(cancellation)).GetProperty("message").GetString());
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        string? last = null;
        try
        {
            while (await lines.ReadLineAsync(cancellation) is { } line)
            {
                last = line;
                await Console.Out.WriteLineAsync(Console.IsOutputRedirected ? line : Terminal.Safe(line));
            }
        }
        catch (IOException broken)
        {
            var position = last is null ? null : JsonSerializer.Deserialize<JsonElement>(last).GetProperty("position").GetString();
            throw new InvalidOperationException($"The stream broke: {broken.Message} Go on {(position is null ? "as you began" : $"with --after {position}")}.", broken);
        }
    }
}
