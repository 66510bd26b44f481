using System.Diagnostics;
using Debci.Workers.Processes;

namespace Debci.Workers.Attempts;

/// <summary>
/// The test while it runs. Its log is the file that autopkgtest writes; what it says on its own output is kept only to its last
/// bytes, for the case that it never came to write a log (a bad argument, a crash at its start).
/// </summary>
internal sealed class TestProcess : IDisposable
{
    private const int LongestTail = 64 << 10;

    // More than any known package's test needs; each is small while it does nothing but fork.
    private const int MostProcesses = 4096;
    private static readonly TimeSpan PipePatience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan OrphanLook = TimeSpan.FromSeconds(1);
    private readonly Process process;
    private readonly ProcessTree tree;
    private readonly MemoryStream tail = new();
    private readonly Task reading;

    private TestProcess(Process process, ProcessTree tree)
    {
        (this.process, this.tree) = (process, tree);
        process.StandardInput.Close();
        reading = Task.WhenAll(KeepTailAsync(process.StandardOutput.BaseStream), KeepTailAsync(process.StandardError.BaseStream));
    }

    /// <summary>Starts it, in a session of its own.</summary>
    /// <param name="test">The command.</param>
    /// <param name="user">Who it runs as; null for the worker's own user.</param>
    /// <param name="folder">The attempt's files.</param>
    /// <param name="tree">How everything that it starts is found again.</param>
    /// <exception cref="CommandFailedException">It cannot be started.</exception>
    public static TestProcess Start(Command test, string? user, AttemptFolder folder, ProcessTree tree)
    {
        var home = user is null ? Environment.GetEnvironmentVariable("HOME") ?? "/" : folder.Test;
        return new TestProcess(test.As(user).WithProcesses(MostProcesses).InOwnSession().Start(folder.Environment(home), folder.Test), tree);
    }

    /// <summary>Waits until the first process has ended; its exit code (128 and the signal's number when it was killed by one).</summary>
    public async Task<int> WaitAsync(CancellationToken ct)
    {
        var exit = process.WaitForExitAsync(ct);
        while (await Task.WhenAny(exit, Task.Delay(OrphanLook, CancellationToken.None)) != exit)
            tree.ReapOrphans(process.Id);
        await exit;
        return process.ExitCode;
    }

    /// <summary>Ends everything that is left of it; afterwards nothing writes to its files any more.</summary>
    /// <returns>False when a process would not die.</returns>
    public async Task<bool> KillAsync()
    {
        var allDead = await tree.KillAsync(process.Id);
        await Task.WhenAny(reading, Task.Delay(PipePatience));
        return allDead;
    }

    /// <summary>The last that it said on its own output.</summary>
    public byte[] Tail()
    {
        lock (tail)
            return tail.ToArray();
    }

    /// <inheritdoc/>
    public void Dispose() => process.Dispose();

    private async Task KeepTailAsync(Stream output)
    {
        var bytes = new byte[8192];
        while (await output.ReadAsync(bytes) is > 0 and var length)
        {
            lock (tail)
            {
                if (tail.Length + length > LongestTail)
                    DropFirstHalf();
                tail.Write(bytes, 0, length);
            }
        }
    }

    private void DropFirstHalf()
    {
        var kept = tail.ToArray().AsSpan((int)tail.Length / 2);
        tail.SetLength(0);
        tail.Write(kept);
    }
}
