using System.Buffers;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>How many bytes of something a run may have, by its suite and architecture.</summary>
public delegate long CapOf(RunKey run);

/// <summary>
/// The logs of attempts: taken in pieces while the test runs, read in ranges and followed live, whole behind a report.
/// </summary>
/// <param name="keeper">Where they grow and stay.</param>
/// <param name="cap">Most plain bytes that are kept of a run's log; more are counted and dropped.</param>
/// <param name="gates">Turns and signals; shared by all that use these logs in this process.</param>
/// <param name="clock">Measures how long a follower waits.</param>
public sealed class LogStore(ILogKeeper keeper, CapOf cap, LogGates gates, TimeProvider clock)
{
    /// <summary>20 MB, the cap unless configured otherwise.</summary>
    public const long DefaultCap = 20_000_000;

    /// <summary>Most bytes that one <see cref="Read"/> gives.</summary>
    public const int MostRead = 4 << 20;

    /// <summary>Most bytes of a log that are taken at once.</summary>
    public const int PieceSize = 256 << 10;

    /// <summary>
    /// Takes plain log bytes. What the server has already is passed over, whatever it says: a worker that repeats itself sends the same.
    /// The turn is taken for each piece of the body and not while waiting for it, so that a stalled connection holds nobody up;
    /// the pieces of two callers may interleave, and the offsets keep them right.
    /// </summary>
    /// <param name="run">Which run.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="offset">How many bytes of the log come before the body.</param>
    /// <param name="body">The bytes; read to its end unless there is a gap.</param>
    /// <param name="stop">Gives up; what was taken stays.</param>
    /// <exception cref="RefusedException">A negative offset, or bytes beyond the end of a finished log.</exception>
    public async Task<LogAppend> Append(RunKey run, int attempt, long offset, Stream body, CancellationToken stop)
    {
        if (offset < 0)
            throw new RefusedException(RefusalCode.Invalid, "The offset of a piece of log is a number of bytes from 0 on.", "offset");
        using var gate = gates.Hold(StorePath.OfAttempt(run, attempt));
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            while (true)
            {
                var length = await body.ReadAtLeastAsync(piece.AsMemory(0, PieceSize), PieceSize, throwOnEndOfStream: false, stop);
                var appended = await gate.InTurn(() => keeper.Append(run, attempt, cap(run), offset, piece.AsMemory(0, length), stop), stop);
                if (appended.Grew)
                    gate.SayGrown();
                offset += length;
                if (length < PieceSize || appended.Answer is LogAppend.Gap)
                    return appended.Answer;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }

    /// <summary>
    /// Compresses the rest of a log and waits until the disk has it: nothing of it is lost behind a report. Where bytes were
    /// dropped, the last line says so. Repeated, it changes nothing.
    /// </summary>
    public async Task<LogSize> Finish(RunKey run, int attempt, CancellationToken stop)
    {
        using var gate = gates.Hold(StorePath.OfAttempt(run, attempt));
        var size = await gate.InTurn(() => keeper.Finish(run, attempt, stop), stop);
        gate.SayGrown();
        return size;
    }

    /// <summary>How far a log has come; zeros for one of which nothing was sent.</summary>
    public async Task<LogSize> Size(RunKey run, int attempt, CancellationToken stop)
    {
        using var gate = gates.Hold(StorePath.OfAttempt(run, attempt));
        return await gate.InTurn(() => keeper.Size(run, attempt, stop), stop);
    }

    /// <summary>Plain bytes of a log, finished or growing; unpacks only the members that hold them.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="from">How many bytes come before them.</param>
    /// <param name="most">How many are wanted; never more than <see cref="MostRead"/> are given.</param>
    /// <param name="stop">Gives up.</param>
    /// <returns>The bytes; fewer than wanted, or none, at the end of what is stored.</returns>
    public Task<byte[]> Read(RunKey run, int attempt, long from, int most, CancellationToken stop)
    {
        if (from < 0 || most < 0)
            throw new RefusedException(RefusalCode.Invalid,
                "A range of a log begins at a number of bytes from 0 on and has a length.", "from");
        return keeper.Read(run, attempt, from, Math.Min(most, MostRead), stop);
    }

    /// <summary>Drops what is held of a run's logs beside the store, which goes by itself.</summary>
    public Task Forget(RunKey run, CancellationToken stop) => keeper.Forget(run, stop);

    /// <summary>
    /// Waits until more than <paramref name="stored"/> bytes can be read, or the log is finished, or <paramref name="atMost"/> is over.
    /// Growth through this process is signalled; growth through another one is seen when the keeper says to look again, or when the time is over.
    /// </summary>
    /// <returns>How far the log has come then.</returns>
    public async Task<LogSize> WaitForGrowth(RunKey run, int attempt, long stored, TimeSpan atMost, CancellationToken stop)
    {
        using var gate = gates.Hold(StorePath.OfAttempt(run, attempt));
        for (var until = clock.GetTimestamp() + (long)(atMost.TotalSeconds * clock.TimestampFrequency); ;)
        {
            var growth = gate.NextGrowth; // before the look: what grows after it is signalled
            var size = await Size(run, attempt, stop);
            var left = clock.GetElapsedTime(clock.GetTimestamp(), until);
            if (size.Stored > stored || size.Finished || left <= TimeSpan.Zero)
                return size;
            try
            {
                await growth.WaitAsync(keeper.LookAgain is { } soon && soon < left ? soon : left, clock, stop);
            }
            catch (TimeoutException)
            {
                // What another process wrote is seen now, or nothing came.
            }
        }
    }
}
