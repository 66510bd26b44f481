using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;
using GraphQL;

namespace Debci.Api.GraphQL;

/// <summary>
/// Positions and cursors as clients see them: opaque strings <c>&lt;log&gt;.&lt;number&gt;</c>, valid for ever, on the log that they are of.
/// </summary>
public sealed class Positions(LogIdentity log, ReadPosition read, IEventLog events)
{
    private static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    /// <summary>The string for a position.</summary>
    public string Show(long position) => $"{log.Id}.{position}";

    /// <summary>How far the read models have come, as a number.</summary>
    public long Reached => read.Current;

    /// <summary>How far the read models have come.</summary>
    public string Current => Show(read.Current);

    /// <summary>Reads such a string.</summary>
    /// <exception cref="RefusedException">It is none, or one of another log.</exception>
    public long Read(string text, string path)
    {
        var parts = text.Split('.');
        if (parts.Length != 2 || !long.TryParse(parts[1], System.Globalization.NumberStyles.None, null, out var position))
            throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is no position; give one that this server answered.", path);
        return parts[0] == log.Id ? position
            : throw new RefusedException(RefusalCode.Invalid, $"The position {StoredText.Quote(text)} is of another log than this server's.", path);
    }

    /// <summary>The string for a place in the live feed: a position, and behind it how much of the next event was seen, if any.</summary>
    public string Show(FeedCursor cursor) => cursor.Within == 0 ? Show(cursor.Position) : $"{Show(cursor.Position)}.{cursor.Within}";

    /// <summary>Reads such a string; any position is one.</summary>
    /// <exception cref="RefusedException">It is none, or one of another log.</exception>
    public FeedCursor ReadCursor(string text, string path)
    {
        var parts = text.Split('.');
        var within = 0;
        return parts.Length != 3 || int.TryParse(parts[2], System.Globalization.NumberStyles.None, null, out within)
            ? new FeedCursor(Read(string.Join('.', parts.Take(2)), path), within)
            : throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is no cursor; give one that this server answered.", path);
    }

    /// <summary>Reads a position that is to be gone on from: one that the log has passed.</summary>
    /// <exception cref="RefusedException">It is none, one of another log, or one that this log has not come to: it was restored to a time before, and the place has another event, or will have.</exception>
    public async Task<long> ReadPassed(string text, string path, CancellationToken cancellation) => await Passed(Read(text, path), text, path, cancellation);

    /// <summary>The same of a cursor.</summary>
    /// <exception cref="RefusedException">As there.</exception>
    public async Task<FeedCursor> ReadPassedCursor(string text, string path, CancellationToken cancellation)
    {
        var cursor = ReadCursor(text, path);
        await Passed(cursor.Position, text, path, cancellation);
        return cursor;
    }

    // Rows never pass the log, so most need no look at it.
    private async Task<long> Passed(long position, string text, string path, CancellationToken cancellation) =>
        position <= read.Current || position <= await events.Head(cancellation) ? position
            : throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is beyond the log's end. The log was restored to an earlier time: begin again without it, and take what was after {Current} for not having happened.", path);

    /// <summary>Reading one's own writes: waits until the rows are at least as new as the argument <c>minPosition</c>, where it is given.</summary>
    public async Task WaitForArgument(IResolveFieldContext context)
    {
        if (context.GetArgument<string?>("minPosition") is not { } text)
            return;
        if (!await read.WaitFor(await ReadPassed(text, "minPosition", context.CancellationToken), AtMost, context.CancellationToken))
            throw new RefusedException(RefusalCode.NotYet, $"The rows have not come as far as {text} within {AtMost.TotalSeconds:0} seconds; ask again.", "minPosition");
    }
}

/// <summary>Which log this server works on.</summary>
/// <param name="Id">A short random word, made with the log.</param>
public sealed record LogIdentity(string Id);
