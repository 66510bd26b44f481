using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>What came of a piece, and whether more can be read now.</summary>
public readonly record struct Appended(LogAppend Answer, bool Grew);

/// <summary>
/// Where the logs of attempts grow and stay: in folders of the file system, or in the database until they are whole and then in a store of files.
/// The promises are <see cref="LogStore"/>'s, which checks arguments, takes turns within this process and signals growth.
/// </summary>
public interface ILogKeeper
{
    /// <summary>How often to look for growth through another node; null where it cannot be known sooner than by waiting.</summary>
    TimeSpan? LookAgain { get; }

    /// <summary>How far a log has come; zeros for one of which nothing was sent.</summary>
    Task<LogSize> Size(RunKey run, int attempt, CancellationToken stop);

    /// <summary>Takes a piece of at most <see cref="LogStore.PieceSize"/> bytes.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="attempt">Which attempt.</param>
    /// <param name="most">Most bytes of it that are kept.</param>
    /// <param name="offset">Bytes of the log before the piece.</param>
    /// <param name="piece">The bytes.</param>
    /// <param name="stop">Gives up.</param>
    Task<Appended> Append(RunKey run, int attempt, long most, long offset, ReadOnlyMemory<byte> piece, CancellationToken stop);

    /// <summary>Makes it whole, at its address and on disk, and nothing follows. Repeated, it changes nothing.</summary>
    Task<LogSize> Finish(RunKey run, int attempt, CancellationToken stop);

    /// <summary>The plain bytes from an offset on; fewer than <paramref name="most"/> at the end of what is stored.</summary>
    Task<byte[]> Read(RunKey run, int attempt, long from, int most, CancellationToken stop);

    /// <summary>Logs that are not whole and that no list of the store's files shows, or not all of it: they are beside it.</summary>
    Task<IReadOnlyList<(RunKey Run, int Attempt)>> GrowingBeside(CancellationToken stop);

    /// <summary>Makes logs whole, and puts them where whole ones are, whose worker fell silent long ago.</summary>
    Task Settle(CancellationToken stop);

    /// <summary>Drops what it holds of a run beside the store.</summary>
    Task Forget(RunKey run, CancellationToken stop);
}

/// <summary>What becomes of a piece of a log, by what is there: one rule for every keeper.</summary>
/// <param name="Answer">The answer, where the piece changes nothing; else null.</param>
/// <param name="Skip">Bytes at its beginning that are there already.</param>
/// <param name="Kept">Bytes behind these that are kept.</param>
/// <param name="Dropped">Bytes behind these that the cap takes.</param>
internal readonly record struct PieceFate(LogAppend? Answer, int Skip, int Kept, int Dropped)
{
    /// <exception cref="RefusedException">It goes beyond the end of a finished log.</exception>
    public static PieceFate Of(LogSize before, bool full, long most, long offset, int length)
    {
        if (offset > before.Sent)
            return new PieceFate(new LogAppend.Gap(before.Sent), 0, 0, 0);
        if (offset + length <= before.Sent)
            return new PieceFate(new LogAppend.Taken(before.Sent), 0, 0, 0);
        if (before.Finished)
            throw new RefusedException(RefusalCode.Conflict,
                $"This log was finished with {before.Sent} bytes, as reported; drop the rest and claim anew.");
        var skip = (int)(before.Sent - offset);
        var kept = (int)Math.Min(length - skip, full ? 0 : Math.Max(0, most - before.Stored));
        return new PieceFate(null, skip, kept, length - skip - kept);
    }
}
