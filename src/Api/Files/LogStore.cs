using System.Collections.Concurrent;
using System.Text;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>What became of a range of a log.</summary>
/// <param name="IsGap">Whether it begins beyond what is there; then nothing was taken.</param>
/// <param name="Size">How many bytes the server has; where to go on from.</param>
public sealed record AppendedLog(bool IsGap, long Size);

/// <summary>The logs of attempts: written in ranges while a test runs, read in ranges while it does and ever after.</summary>
/// <param name="folders">Where they are.</param>
/// <param name="capBytes">A log is cut behind so many bytes.</param>
public sealed class LogStore(RunFolders folders, long capBytes)
{
    // Writers of one attempt take turns. A fixed number of gates, so that none is left behind; two attempts may share one.
    private readonly SemaphoreSlim[] gates = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];
    private readonly ConcurrentDictionary<string, TaskCompletionSource> waiting = new();

    /// <summary>Takes the range that begins at byte <paramref name="offset"/>; what is there already is passed over.</summary>
    public async Task<AppendedLog> Append(RunKey run, int attempt, long offset, Stream body, CancellationToken cancellation = default)
    {
        if (offset < 0)
            throw new RefusedException(RefusalCode.Invalid, "offset is a number of bytes from 0 on.", "offset");
        using var range = new MemoryStream(); // read before the gate is taken: a slow sender holds up nobody
        await body.CopyToAsync(range, cancellation);
        var folder = folders.Attempt(run, attempt);
        return await Alone(folder, () =>
        {
            var log = LogFolder.Load(folder);
            var seen = log.Seen;
            if (offset > seen)
                return new AppendedLog(true, seen);
            var fresh = range.GetBuffer().AsSpan(0, (int)range.Length)[(int)Math.Min(range.Length, seen - offset)..];
            var fits = (int)Math.Clamp(capBytes - log.Stored, 0, fresh.Length);
            log.Add(fresh[..fits]);
            if (fits < fresh.Length)
                log.NoteSeen(seen + fresh.Length);
            return new AppendedLog(false, seen + fresh.Length);
        }, cancellation);
    }

    /// <summary>Closes the log: says so in it when it was cut, and compresses its rest. Gives its plain size. Again: the same.</summary>
    public Task<long> Finish(RunKey run, int attempt, CancellationToken cancellation = default)
    {
        var folder = folders.Attempt(run, attempt);
        return Alone(folder, () =>
        {
            var log = LogFolder.Load(folder);
            var dropped = log.Seen - log.Stored;
            if (dropped > 0 && log.Stored <= capBytes)
            {
                log.Add(Encoding.UTF8.GetBytes($"\n[debci: this log was cut here at {capBytes} bytes; {dropped} more were dropped]\n"));
            }
            log.Seal();
            return log.Stored;
        }, cancellation);
    }

    /// <summary>How many bytes of it can be read.</summary>
    public Task<long> Size(RunKey run, int attempt) => Task.FromResult(LogFolder.Load(folders.Attempt(run, attempt)).Stored);

    /// <summary>How many bytes the worker has sent.</summary>
    public Task<long> Seen(RunKey run, int attempt) => Task.FromResult(LogFolder.Load(folders.Attempt(run, attempt)).Seen);

    /// <summary>Plain bytes from an offset on, at most <paramref name="most"/>; none when there is nothing yet.</summary>
    public async Task<byte[]> Read(RunKey run, int attempt, long offset, int most, CancellationToken cancellation = default)
    {
        var folder = folders.Attempt(run, attempt);
        try
        {
            return LogFolder.Load(folder).Read(offset, most);
        }
        catch (FileNotFoundException)
        {
            // The tail became a member between the two looks. Behind the gate nothing moves.
            return await Alone(folder, () => LogFolder.Load(folder).Read(offset, most), cancellation);
        }
    }

    /// <summary>Waits until there are more than <paramref name="size"/> bytes, or something else happened to the log, or the time is over.</summary>
    public async Task WaitForGrowth(RunKey run, int attempt, long size, TimeSpan atMost, CancellationToken cancellation = default)
    {
        var growth = waiting.GetOrAdd(folders.Attempt(run, attempt), _ => new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        if (await Size(run, attempt) > size) // looked at behind the signal's making, so that no growth falls between
            return;
        await growth.Task.WaitAsync(atMost, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private async Task<T> Alone<T>(string folder, Func<T> act, CancellationToken cancellation)
    {
        var gate = gates[(uint)folder.GetHashCode(StringComparison.Ordinal) % gates.Length];
        await gate.WaitAsync(cancellation);
        try
        {
            return act();
        }
        finally
        {
            gate.Release();
            if (waiting.TryRemove(folder, out var growth))
                growth.TrySetResult();
        }
    }
}
