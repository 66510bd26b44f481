using System.CommandLine;
using System.Text.Json;

namespace Debci.Api.Cli.Client;

/// <summary>Waits for the end of runs, through losses of the server, and makes an exit code of what came of them.</summary>
internal static class Waiting
{
    private const string Subscription = $"subscription ($after: String) {{ runChanged(after: $after) {{ cursor run {{ {RunLine.Fields} }} }} }}";
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
                    codes.Add(code);
                    Console.WriteLine(json ? $"{change.GetProperty("run")}" : RunLine.Of(change.GetProperty("run")));
                    if (waiting.Count == 0)
                        break;
                }
            }
            catch (Exception away) when (away is HttpRequestException or IOException)
            {
                await Task.Delay(Pause, cancellation); // the server is away: behind the cursor nothing is missed
            }
        }
        return Worst(codes);
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

    /// <summary>One exit code for several.</summary>
    public static int Worst(IEnumerable<int> of)
    {
        var codes = of.ToHashSet();
        return codes.Contains(16) ? 16 : codes.Contains(4) ? 4 : codes.Contains(0) ? 0 : 8;
    }
}
