using Debci.Workers.Processes;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>Sends a log file to the server while it grows, byte for byte, never more than one range of it in memory.</summary>
/// <param name="path">The log; it may not be there yet.</param>
/// <param name="limit">How many bytes of it are sent at most.</param>
/// <param name="send">Sends the bytes from an offset on; answers, refuses, or throws <see cref="ServerAwayException"/>.</param>
/// <param name="pauses">How long to wait when the server is away.</param>
internal sealed class LogStream(
    string path, long limit, Func<long, ReadOnlyMemory<byte>, CancellationToken, Task<SizeAnswer>> send, Pauses pauses)
{
    private const int LargestRange = 1 << 20;
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(500);
    private readonly byte[] range = new byte[LargestRange];
    private int gaps;

    /// <summary>How many bytes the server has, as far as it said.</summary>
    public long Sent { get; private set; }

    /// <summary>Whether the file has grown beyond the limit.</summary>
    public bool IsTooLarge()
    {
        using var log = PlainFile.TryOpen(path);
        return log?.Length > limit;
    }

    /// <summary>Waits until the file has grown beyond the limit, also while the server is away; for ever when it never does.</summary>
    public async Task TooLargeAsync(CancellationToken ct)
    {
        while (!IsTooLarge())
            await Task.Delay(Look, ct);
    }

    /// <summary>
    /// Sends what there is and what comes, until <paramref name="ended"/> is done and the file is sent to its end.
    /// Whether it has ended is asked before the file is read: what was written before the end is then in the file.
    /// </summary>
    public async Task FollowAsync(Task ended, CancellationToken ct)
    {
        while (true)
        {
            var last = ended.IsCompleted;
            await SendAllAsync(ct);
            if (last)
                return;
            await Task.WhenAny(ended, Task.Delay(Look, ct));
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The server has less than we thought (it lost some, or a range never came): go on from there.</summary>
    public void GoBackTo(long size) => Sent = size;

    // Opened anew each time, and never through a link: until the first line there is no file, and the test's user could put a link there.
    private async Task SendAllAsync(CancellationToken ct)
    {
        using var log = PlainFile.TryOpen(path);
        while (log is not null && await ReadAsync(log, ct) is > 0 and var length)
            await SendRangeAsync(length, ct);
    }

    private async Task<int> ReadAsync(FileStream log, CancellationToken ct)
    {
        log.Position = Math.Min(Sent, log.Length);
        var room = range.AsMemory(0, (int)Math.Clamp(limit - Sent, 0, LargestRange));
        return await log.ReadAtLeastAsync(room, room.Length, throwOnEndOfStream: false, ct);
    }

    // A range that arrived although its answer was lost is sent again; the server passes over it.
    private async Task SendRangeAsync(int length, CancellationToken ct)
    {
        try
        {
            await pauses.UntilAnsweredAsync(c => send(Sent, range.AsMemory(0, length), c), ct);
            Sent += length;
            gaps = 0;
        }
        catch (ServerRefusedException refused) when (refused.LogGap is { } size && size < Sent)
        {
            GoBackTo(size);
            await Task.Delay(pauses.After(gaps++), ct); // a server that never gets further is not asked at full speed
        }
    }
}
