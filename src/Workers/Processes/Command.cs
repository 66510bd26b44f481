using System.Diagnostics;

namespace Debci.Workers.Processes;

/// <summary>A program and its arguments, which no shell ever reads.</summary>
/// <param name="Words">The program and each argument as it is.</param>
internal sealed record Command(IReadOnlyList<string> Words)
{
    /// <summary>The same as another user (setpriv(1) becomes the program, there is no process between); the same when none is given.</summary>
    public Command As(string? user) => user is null
        ? this
        : new Command(["setpriv", $"--reuid={user}", $"--regid={user}", "--init-groups", "--", .. Words]);

    /// <summary>The same with a limit on the processes of its user (prlimit(1)), so that a test that forks for ever ends itself and not the host. Root has none.</summary>
    public Command WithProcesses(int most) => new(["prlimit", $"--nproc={most}", "--", .. Words]);

    /// <summary>The same in a session of its own (setsid(1)), so that a signal to the worker's group does not reach it.</summary>
    public Command InOwnSession() => new(["setsid", "--wait", .. Words]);

    /// <summary>Runs it to its end.</summary>
    /// <exception cref="CommandFailedException">It cannot be started, or ended with another code than 0.</exception>
    public Task RunAsync(CancellationToken ct) => ReadAsync(ct);

    /// <summary>Runs it to its end; what it printed.</summary>
    /// <exception cref="CommandFailedException">It cannot be started, or ended with another code than 0.</exception>
    public async Task<string> ReadAsync(CancellationToken ct)
    {
        using var process = Start(new Dictionary<string, string?> { ["PATH"] = Environment.GetEnvironmentVariable("PATH") }, "/");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(ct);
        var errors = await process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        if (process.ExitCode != 0)
            throw new CommandFailedException($"{Words[0]} ended with {process.ExitCode}: {errors.Trim()}");
        return await output;
    }

    /// <summary>Starts it with just the given environment, and with pipes for input and output.</summary>
    /// <exception cref="CommandFailedException">There is no such program.</exception>
    public Process Start(IReadOnlyDictionary<string, string?> environment, string folder)
    {
        var start = new ProcessStartInfo(Words[0], Words.Skip(1))
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear(); // the worker's own may hold its key
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        try
        {
            return Process.Start(start)!;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new CommandFailedException($"{Words[0]} cannot be started ({error.Message}); install the package that has it.");
        }
    }
}

/// <summary>A program did not do what it was started for.</summary>
internal sealed class CommandFailedException(string sentence) : Exception(sentence);
