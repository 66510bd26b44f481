using System.Diagnostics;
using System.Globalization;
using Debci.Workers.Processes;

namespace Debci.Workers.Tests;

/// <summary>The real <c>debci-worker</c> as a process of its own, with a state directory of its own.</summary>
internal sealed class WorkerProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Task<string> errors;
    private readonly Task<string> output;

    private WorkerProgram(Process process, string state)
    {
        (this.process, State) = (process, state);
        errors = process.StandardError.ReadToEndAsync();
        output = process.StandardOutput.ReadToEndAsync();
    }

    public string State { get; }
    public string[] Leftovers => Directory.Exists(Path.Combine(State, "runs")) ? Directory.GetFileSystemEntries(Path.Combine(State, "runs")) : [];

    public static WorkerProgram Start(string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var state = Path.Combine(folder, "state");
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "debci-worker"), arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DEBCI_WORKER_STATE"] = state;
        foreach (var (name, value) in environment ?? new Dictionary<string, string> { ["DEBCI_KEY"] = "sesame" })
            start.Environment[name] = value;
        return new WorkerProgram(Process.Start(start)!, state);
    }

    public static WorkerProgram StartFake(ServerDouble server, string folder, object scenario, params string[] more) => Start(folder,
    [
        "--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", "fake",
        "--fake-scenario", LocalWorker.WriteScenario(folder, scenario), .. more,
    ]);

    /// <summary>Sends a signal by its name, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>What it printed, once it has ended.</summary>
    public Task<string> OutputAsync() => output.WaitAsync(Patience);

    public void KillHard() => process.Kill();

    public async Task<(int Code, string Lines)> EndAsync()
    {
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await errors.WaitAsync(Patience));
    }

    /// <summary>The processes of this worker's tests: by their environment, by their root directory, or named by a daemon's file.</summary>
    public IReadOnlyList<int> Living(params int[] daemons) =>
    [
        .. ProcessTable.Read().Where(p => !p.IsDead).Select(p => p.Id)
            .Where(id => daemons.Contains(id) || ProcessTable.HasEnvironment(id, $"DEBCI_ATTEMPT={State}/") || HasRootBelowState(id)),
    ];

    // Inside a testbed the environment is another; there the root directory tells whose it is.
    private bool HasRootBelowState(int id)
    {
        try
        {
            return new FileInfo($"/proc/{id}/root").LinkTarget?.StartsWith(State, StringComparison.Ordinal) == true;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    public void Dispose()
    {
        if (!process.HasExited)
            process.Kill();
        process.Dispose();
    }
}
