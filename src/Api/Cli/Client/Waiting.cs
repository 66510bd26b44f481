using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary>Waits for the end of runs, through losses of the server, and makes an exit code of what came of them.</summary>
internal static class Waiting
{
    private const string Subscription = $"subscription ($after: String) {{ runChanged(after: $after) {{ cursor run {{ {RunLine.Fields} }} }} }}";
    private const string JoinedRun = $"query ($id: ID!, $at: String) {{ run(id: $id, minPosition: $at) {{ {RunLine.Fields} }} }}";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary><c>--wait</c></summary>
    public static Option<bool> Option() => new("--wait", "-w")
    {
        Description = "Ends when all runs are over, with autopkgtest's exit codes: 0 all passed, 4 one failed, 8 none has tests that tell anything, 16 one came to no result.",
    };

    /// <summary>Waits for the runs of an accepted batch; prints each as it ends.</summary>
    /// <returns>The exit code, of the worst: 16, 4, 0, 8.</returns>
    public static async Task<int> ForAll(DebciClient client, JsonElement accepted, bool json, CancellationToken cancellation)
    {
        var waiting = accepted.GetProperty("runs").EnumerateArray().Select(r => r.GetString()!).ToHashSet(StringComparer.Ordinal);
        var codes = new HashSet<int>();
        await LookAtJoined(client, accepted, waiting, codes, json, cancellation);
        var after = accepted.GetProperty("position").GetString()!;
        while (waiting.Count > 0)
        {
            try
            {
                await foreach (var data in client.Follow(Subscription, new { after }, cancellation))
                {
                    var change = data.GetProperty("runChanged");
                    after = change.GetProperty("cursor").GetString()!;
                    if (CodeOf(change.GetProperty("run")) is not { } code || !waiting.Remove(change.GetProperty("run").GetProperty("id").GetString()!))
                        continue;
                    Tell(change.GetProperty("run"), code, codes, json);
                    if (waiting.Count == 0)
                        break;
                }
            }
            catch (Exception away) when (away is HttpRequestException or IOException)
            {
                // The server is away: behind the cursor nothing is missed.
            }
            if (waiting.Count > 0)
                await Task.Delay(Pause, cancellation);
        }
        return Worst(codes);
    }

    // What a request goes with may have ended before the batch was stored: of that the feed behind the batch tells nothing.
    private static async Task LookAtJoined(DebciClient client, JsonElement accepted, HashSet<string> waiting, HashSet<int> codes, bool json, CancellationToken cancellation)
    {
        if (!accepted.TryGetProperty("items", out var items))
            return;
        var at = accepted.GetProperty("position").GetString();
        foreach (var id in items.EnumerateArray().Where(i => i.GetProperty("outcome").GetString() == "ALREADY_PENDING").Select(i => i.GetProperty("run").GetString()!).Distinct())
        {
            var run = (await client.Ask(JoinedRun, new { id, at }, cancellation)).GetProperty("run");
            if (run.ValueKind == JsonValueKind.Object && CodeOf(run) is { } code && waiting.Remove(id))
                Tell(run, code, codes, json);
        }
    }

    private static void Tell(JsonElement run, int code, HashSet<int> codes, bool json)
    {
        codes.Add(code);
        Console.WriteLine(json ? $"{run}" : RunLine.Of(run));
    }

    // autopkgtest(1) has 2 and 6 too, for skipped tests among others; who needs these asks for the run.
    private static int? CodeOf(JsonElement run) => (run.GetProperty("state").GetString(), run.GetProperty("status").GetString()) switch
    {
        ("PENDING" or "RUNNING", _) => null,
        ("FINISHED", "PASS") => 0,
        ("FINISHED", "FAIL") => 4,
        ("FINISHED", "NEUTRAL") => 8,
        _ => 16,
    };

    /// <summary>What a script learns where some were refused: the outcome of the others when that is worse.</summary>
    public static int WithRefused(int outcome, bool someRefused) => someRefused && outcome is (0 or 8) ? 1 : outcome;

    /// <summary>One exit code for several.</summary>
    public static int Worst(IEnumerable<int> of)
    {
        var codes = of.ToHashSet();
        return codes.Contains(16) ? 16 : codes.Contains(4) ? 4 : codes.Contains(0) ? 0 : 8;
    }
}
