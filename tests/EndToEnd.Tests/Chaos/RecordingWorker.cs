using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Debci.EndToEnd.Tests.Chaos;

/// <summary>
/// A worker by the plain protocol that writes down what it was answered. It repeats what got no answer, falls silent now and then and comes
/// back late, and now and then forgets all that it was doing, as a killed one does.
/// </summary>
internal sealed class RecordingWorker(string name, HttpClient server, Random chance, Stopwatch clock, ConcurrentBag<Call> calls, ConcurrentBag<string> mistakes)
{
    private static readonly int[] ExitCodes = [0, 0, 0, 4, 8, 16];

    /// <summary>Works until told to stop.</summary>
    public async Task Run(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (await Claim(stop) is var (run, attempt))
                    await Test(run, attempt, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
        }
    }

    private async Task Test(long run, int attempt, CancellationToken stop)
    {
        var (beats, fate) = (chance.Next(4), chance.Next(20));
        for (var i = 0; i < beats; i++)
        {
            await Pass(0.7, stop);
            if (!await Beat(run, attempt, stop))
                return;
        }
        if (fate == 0)
            return; // killed, and started anew
        if (fate is 1 or 2)
            await Pass(4.5, stop); // frozen for longer than its lease; what it says then is late
        var exitCode = ExitCodes[chance.Next(ExitCodes.Length)];
        var summary = exitCode switch { 0 => "t PASS\n", 4 => "t FAIL x\n", 8 => "* SKIP no tests in this package\n", _ => "" };
        await Answered(CallKind.Report, run, attempt, exitCode, () => server.PostAsJsonAsync(Address(run, attempt, "report"), new
        {
            exitCode, summary, testpkgVersion = exitCode == 16 ? "" : "p 1-1", startedAt = DateTimeOffset.UtcNow, durationSeconds = 1, timedOut = false, logSize = 0,
        }, stop), stop);
    }

    private Task<bool> Beat(long run, int attempt, CancellationToken stop) =>
        Answered(CallKind.Heartbeat, run, attempt, null, () => server.PostAsync(Address(run, attempt, "heartbeat"), null, stop), stop);

    private async Task<(long Run, int Attempt)?> Claim(CancellationToken stop)
    {
        var claim = Guid.NewGuid(); // the same again, until there is an answer
        while (true)
        {
            var began = clock.Elapsed.TotalSeconds;
            using var answer = await Try(() => server.PostAsJsonAsync("/worker/v1/claim", new
            { claim, worker = name, arches = new[] { "amd64" }, backends = new[] { "fake" }, software = "chaos", waitSeconds = 1 }, stop), stop);
            if (answer is null)
                continue;
            if (answer.StatusCode != HttpStatusCode.OK)
                return null;
            var given = await answer.Content.ReadFromJsonAsync<JsonElement>(stop);
            var (run, attempt) = (given.GetProperty("run").GetInt64(), given.GetProperty("attempt").GetInt32());
            calls.Add(new Call(name, CallKind.Claim, run, attempt, began, clock.Elapsed.TotalSeconds, true));
            return (run, attempt);
        }
    }

    private async Task<bool> Answered(CallKind kind, long run, int attempt, int? exitCode, Func<Task<HttpResponseMessage>> call, CancellationToken stop)
    {
        while (true)
        {
            var began = clock.Elapsed.TotalSeconds;
            using var answer = await Try(call, stop);
            if (answer is null)
                continue;
            calls.Add(new Call(name, kind, run, attempt, began, clock.Elapsed.TotalSeconds, answer.IsSuccessStatusCode, exitCode));
            return answer.IsSuccessStatusCode;
        }
    }

    // Null: no answer, or "later". 500 is never one.
    private async Task<HttpResponseMessage?> Try(Func<Task<HttpResponseMessage>> call, CancellationToken stop)
    {
        try
        {
            var answer = await call();
            if (answer.StatusCode == HttpStatusCode.InternalServerError)
                mistakes.Add($"{answer.RequestMessage?.RequestUri?.AbsolutePath} was answered with 500.");
            if ((int)answer.StatusCode < 500)
                return answer;
            answer.Dispose();
        }
        catch (Exception away) when (away is HttpRequestException or IOException)
        {
            // killed while it answered, perhaps behind having done what was asked
        }
        await Pass(0.2, stop);
        return null;
    }

    private string Address(long run, int attempt, string call) => $"/worker/v1/runs/{run}/attempts/{attempt}/{call}?worker={name}";

    private static async Task Pass(double seconds, CancellationToken stop)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(seconds));
        await timer.WaitForNextTickAsync(stop);
    }
}
