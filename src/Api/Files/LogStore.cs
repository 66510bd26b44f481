using System.Buffers;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>How many bytes of something a run may have, by its suite and architecture.</summary>
public delegate long CapOf(RunKey run);

/// <summary>
/// The logs of attempts: taken in pieces while the test runs, read in ranges and followed live, whole behind a report.
/// One process writes the log of an attempt at a time; any number may read.
/// </summary>
/// <param name="layout">Where they are.</param>
/// <param name="cap">Most plain bytes that are kept of a run's log; more are counted and dropped.</param>
/// <param name="gates">Turns and signals; shared by all that use these logs in this process.</param>
/// <param name="clock">Measures how long a follower waits.</param>
public sealed class LogStore(FileLayout layout, CapOf cap, LogGates gates, TimeProvider clock)
{
    /// <summary>20 MB, the cap unless configured otherwise.</summary>
    public const long DefaultCap = 20_000_000;

    /// <summary>Most bytes that one <see cref="Read"/> gives.</summary>
    public const int MostRead = 4 << 20;

    private const int PieceSize = 256 << 10;

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
        var path = layout.OfAttempt(run, attempt);
        using var gate = gates.Hold(path);
        var piece = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            while (true)
            {
                var length = await body.ReadAtLeastAsync(piece.AsMemory(0, PieceSize), PieceSize, throwOnEndOfStream: false, stop);
                var answer = await gate.InTurn(() => AppendPiece(gate, new LogFolder(path), cap(run), offset, piece.AsSpan(0, length)), stop);
                offset += length;
                if (length < PieceSize || answer is LogAppend.Gap)
                    return answer;
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
        var path = layout.OfAttempt(run, attempt);
        using var gate = gates.Hold(path);
        var size = await gate.InTurn(() => FinishNow(new LogFolder(path), path), stop);
        gate.SayGrown();
        return size;
    }

    /// <summary>How far a log has come; zeros for one of which nothing was sent.</summary>
    public async Task<LogSize> Size(RunKey run, int attempt, CancellationToken stop)
    {
        var path = layout.OfAttempt(run, attempt);
        using var gate = gates.Hold(path);
        return await gate.InTurn(() => new LogFolder(path).Look().Size, stop);
    }

    /// <summary>Plain bytes of a log, finished or growing; unpacks only the members that hold them.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="from">How many bytes come before them.</param>
    /// <param name="most">How many are wanted; never more than <see cref="MostRead"/> are given.</param>
    /// <returns>The bytes; fewer than wanted, or none, at the end of what is stored.</returns>
    public byte[] Read(RunKey run, int attempt, long from, int most)
    {
        if (from < 0 || most < 0)
            throw new RefusedException(RefusalCode.Invalid,
                "A range of a log begins at a number of bytes from 0 on and has a length.", "from");
        return LogReader.Read(new LogFolder(layout.OfAttempt(run, attempt)), from, Math.Min(most, MostRead));
    }

    /// <summary>
    /// Waits until more than <paramref name="stored"/> bytes can be read, or the log is finished, or <paramref name="atMost"/> is over.
    /// Growth through this process is signalled; growth through another one is seen when the time is over.
    /// </summary>
    /// <returns>How far the log has come then.</returns>
    public async Task<LogSize> WaitForGrowth(RunKey run, int attempt, long stored, TimeSpan atMost, CancellationToken stop)
    {
        using var gate = gates.Hold(layout.OfAttempt(run, attempt));
        var growth = gate.NextGrowth; // before the look: what grows after it is signalled
        var size = await Size(run, attempt, stop);
        if (size.Stored > stored || size.Finished)
            return size;
        try
        {
            await growth.WaitAsync(atMost, clock, stop);
        }
        catch (TimeoutException)
        {
            // The answer is then what it was, or what another process wrote.
        }
        return await Size(run, attempt, stop);
    }

    private static LogAppend AppendPiece(LogGates.Held gate, LogFolder folder, long most, long offset, ReadOnlySpan<byte> piece)
    {
        var before = folder.Mend();
        if (offset > before.Sent)
            return new LogAppend.Gap(before.Sent);
        if (offset + piece.Length <= before.Sent)
            return new LogAppend.Taken(before.Sent);
        if (before.IsFinished)
            throw new RefusedException(RefusalCode.Conflict,
                $"This log was finished with {before.Sent} bytes, as reported; drop the rest and claim anew.");
        var after = Keep(folder, before, most, piece[(int)(before.Sent - offset)..]);
        if (after.Stored > before.Stored)
            gate.SayGrown();
        return new LogAppend.Taken(after.Sent);
    }

    private static LogState Keep(LogFolder folder, LogState state, long most, ReadOnlySpan<byte> fresh)
    {
        var room = state.Dropped is null ? Math.Max(0, most - state.Stored) : 0;
        var kept = (int)Math.Min(fresh.Length, room);
        state = folder.Append(state, fresh[..kept]);
        return kept < fresh.Length ? folder.Drop(state, fresh.Length - kept) : state;
    }

    private LogSize FinishNow(LogFolder folder, string path)
    {
        var size = folder.Finish(folder.Mend()).Size;
        layout.Sync(path);
        return size;
    }
}
