namespace Debci.Api.Files;

/// <summary>How far a log has come.</summary>
/// <param name="Sent">Bytes that the worker has sent, with those that were dropped: the offset to go on from.</param>
/// <param name="Stored">Bytes that can be read.</param>
/// <param name="Finished">Whether it is complete and compressed; nothing follows.</param>
public readonly record struct LogSize(long Sent, long Stored, bool Finished);

/// <summary>What became of a piece of log.</summary>
public abstract record LogAppend
{
    /// <summary>It is there, all of it.</summary>
    /// <param name="Size">How many bytes the server has now; go on from here.</param>
    public sealed record Taken(long Size) : LogAppend;

    /// <summary>It begins beyond what the server has; nothing was taken.</summary>
    /// <param name="Size">How many bytes the server has; go on from here.</param>
    public sealed record Gap(long Size) : LogAppend;

    private LogAppend() { }
}

/// <summary>What was not kept because of the cap.</summary>
/// <param name="Kept">Plain bytes before the cut.</param>
/// <param name="Bytes">Bytes after it, which are gone.</param>
internal readonly record struct Dropped(long Kept, long Bytes);

/// <summary>A log as it stands on disk.</summary>
/// <param name="Index">Its members.</param>
/// <param name="Tail">Plain bytes after the last member.</param>
/// <param name="Dropped">What the cap took; null while there is room.</param>
internal sealed record LogState(LogIndex Index, long Tail, Dropped? Dropped)
{
    /// <summary>Bytes that can be read.</summary>
    public long Stored => Index.Last.Plain + Tail;

    /// <summary>Whether it is complete.</summary>
    public bool IsFinished => Index.End is not null;

    /// <summary>Bytes that the worker has sent. The line about dropped bytes is stored, but was not sent.</summary>
    public long Sent => Index.End ?? (Dropped is { } cut ? cut.Kept + cut.Bytes : Stored);

    /// <summary>The same for callers.</summary>
    public LogSize Size => new(Sent, Stored, IsFinished);
}
