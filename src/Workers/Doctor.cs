using Debci.Workers.Backends;
using Debci.Workers.Server;

namespace Debci.Workers;

/// <summary>Looks at a host before work begins: what it is asked to offer, can it run that?</summary>
/// <param name="options">What was asked for.</param>
/// <param name="output">Where findings go, a line each.</param>
internal sealed class Doctor(WorkerOptions options, TextWriter output)
{
    /// <summary>Examines everything; the exit code.</summary>
    public async Task<int> ExamineAsync()
    {
        var well = await ServerAsync();
        foreach (var backend in options.Backends)
        {
            var obstacle = await backend.ObstacleAsync(default);
            var testbeds = obstacle is null ? await backend.TestbedsAsync(default) : [];
            output.WriteLine($"{backend.Name}: {obstacle ?? (testbeds.Count == 0 ? "ready" : $"ready, with {string.Join(", ", testbeds.Select(t => $"{t.Suite} {t.Arch}").Order(StringComparer.Ordinal))}")}");
            if (backend.Caution is { } caution)
                output.WriteLine($"{backend.Name}: CAUTION: {caution}");
            well &= obstacle is null;
        }
        return well ? 0 : 1;
    }

    /// <summary>Why backends cannot run here, a sentence each; none when all can.</summary>
    public static async Task<IReadOnlyList<string>> ObstaclesAsync(IEnumerable<IBackend> backends)
    {
        var found = new List<string>();
        foreach (var backend in backends)
        {
            if (await backend.ObstacleAsync(default) is { } obstacle)
                found.Add($"The backend {backend.Name} cannot run here: {obstacle}");
        }
        return found;
    }

    // A heartbeat for a run that nobody has changes nothing: who knows the key answers that the run is not ours.
    private async Task<bool> ServerAsync()
    {
        using var server = new ServerCalls(options.Server, options.Key, options.Name);
        try
        {
            await server.HeartbeatAsync(new AttemptId(1, int.MaxValue), TimeSpan.FromSeconds(10), default);
        }
        catch (ServerRefusedException refused) when (!refused.BadWorker)
        {
            // as it should be
        }
        catch (Exception failure) when (failure is ServerRefusedException or ServerAwayException)
        {
            output.WriteLine($"{options.Server}: {failure.Message}");
            return false;
        }
        output.WriteLine($"{options.Server}: takes this key");
        return true;
    }
}
