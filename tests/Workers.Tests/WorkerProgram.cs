using System.Diagnostics;
using System.Globalization;
using System.Text;
using Debci.Playground;
using Debci.Workers.Processes;

namespace Debci.Workers.Tests;

/// <summary>A real worker, <c>debci-worker</c> unless told otherwise, as a process of its own, with a state directory of its own.</summary>
internal sealed class WorkerProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly Process process;
    private readonly Task<string> output;
    private readonly StringBuilder said = new();
    private TaskCompletionSource line = new();

    private WorkerProgram(Process process, string state)
    {
        (this.process, State) = (process, state);
        output = process.StandardOutput.ReadToEndAsync();
        process.ErrorDataReceived += (_, words) => Hear(words.Data);
        process.BeginErrorReadLine();
    }

    public string State { get; }
    public string[] Leftovers => Directory.Exists(Path.Combine(State, "runs")) ? Directory.GetFileSystemEntries(Path.Combine(State, "runs")) : [];

    public static WorkerProgram Start(
        string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, WorkerKind kind = WorkerKind.Net)
    {
        var state = Path.Combine(folder, "state");
        var start = new ProcessStartInfo(kind == WorkerKind.Net ? Path.Combine(AppContext.BaseDirectory, "debci-worker") : PortableWorker.Program, arguments)
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DEBCI_WORKER_STATE"] = state;
        foreach (var (name, value) in environment ?? new Dictionary<string, string> { ["DEBCI_KEY"] = "sesame" })
            start.Environment[name] = value;
        return new WorkerProgram(Process.Start(start)!, state);
    }

    public static WorkerProgram StartFake(ServerDouble server, string folder, object scenario, params string[] more) =>
        StartFake(WorkerKind.Net, server, folder, scenario, more);

    public static WorkerProgram StartFake(WorkerKind kind, ServerDouble server, string folder, object scenario, params string[] more) => Start(folder,
    [
        "--server", server.Address.ToString(), "--name", "host-1", "--arch", "amd64", "--backend", "fake",
        "--fake-scenario", LocalWorker.WriteScenario(folder, scenario), .. more,
    ], kind: kind);

    /// <summary>Sends a signal by its name, such as <c>TERM</c>.</summary>
    public async Task SignalAsync(string name)
    {
        using var kill = Process.Start("kill", ["-s", name, process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>What it printed, once it has ended.</summary>
    public Task<string> OutputAsync() => output.WaitAsync(Patience);

    /// <summary>Has a worker end that is done with what the test gave it: afterwards nobody writes into its folder.</summary>
    public async Task StopAsync()
    {
        await SignalAsync("TERM");
        await EndAsync();
    }

    public void KillHard() => process.Kill();

    public async Task<(int Code, string Lines)> EndAsync(TimeSpan? patience = null)
    {
        await process.WaitForExitAsync().WaitAsync(patience ?? Patience);
        return (process.ExitCode, Said);
    }

    /// <summary>Waits until it has said something.</summary>
    public async Task UntilSaysAsync(string words)
    {
        while (true)
        {
            Task next;
            lock (said)
                next = line.Task;
            if (Said.Contains(words, StringComparison.Ordinal))
                return;
            await next.WaitAsync(Patience);
        }
    }

    private string Said
    {
        get { lock (said) return said.ToString(); }
    }

    private void Hear(string? words)
    {
        lock (said)
        {
            if (words is not null)
                said.AppendLine(words);
            line.SetResult();
            line = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
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
        process.WaitForExit();
        process.Dispose();
    }
}
