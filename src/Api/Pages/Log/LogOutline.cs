using System.Text;

namespace Debci.Api.Pages.Log;

/// <summary>A log's sections, and marks by which a line is found without reading what lies before it.</summary>
/// <param name="Sections">In order; the first begins at line 1.</param>
/// <param name="Lines">Complete lines so far; of a log that is over, also a last one that lacks its end.</param>
/// <param name="Bytes">Plain bytes that were read.</param>
/// <param name="Whole">Whether the log is over.</param>
/// <param name="Marks">Beginnings of lines, every thousand lines or megabyte.</param>
public sealed record LogOutline(IReadOnlyList<LogSection> Sections, int Lines, long Bytes, bool Whole, IReadOnlyList<LogMark> Marks)
{
    /// <summary>The nearest mark at or before a line.</summary>
    public LogMark MarkBefore(int line)
    {
        var (low, high) = (0, Marks.Count - 1);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Marks[middle].Line <= line ? (middle, high) : (low, middle - 1);
        }
        return Marks[low];
    }
}

/// <summary>Where a line begins.</summary>
public readonly record struct LogMark(int Line, long Offset);

/// <summary>Reads a log once from its beginning to its end, and goes on where it grows.</summary>
internal sealed class LogScan
{
    private const int LinesBetween = 1000;
    private const int BytesBetween = 1 << 20;
    private const int MostSections = 5000; // a test that prints markers all day fills no memory
    private const int Piece = 1 << 20;

    private readonly List<(string Title, int First, bool Open)> sections = [("start", 1, false)];
    private readonly List<LogMark> marks = [new(1, 0)];
    private readonly byte[] head = new byte[LogMarkers.Length];
    private int headLength;
    private int line = 1; // the one under way
    private long offset;

    /// <summary>
    /// Reads on to <paramref name="end"/> (of what is stored), by <paramref name="read"/>: offset and length to bytes. A line without its
    /// end counts when the log is <paramref name="whole"/>; before, it may still become another line.
    /// </summary>
    public async Task<LogOutline> ReadTo(long end, bool whole, Func<long, int, Task<byte[]>> read)
    {
        while (offset < end)
        {
            var piece = await read(offset, (int)Math.Min(Piece, end - offset));
            if (piece.Length == 0)
                break;
            Take(piece);
        }
        return Outline(whole);
    }

    private void Take(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            var end = piece.IndexOf((byte)'\n');
            var part = end < 0 ? piece : piece[..end];
            var kept = part[..Math.Min(part.Length, head.Length - headLength)];
            kept.CopyTo(head.AsSpan(headLength));
            headLength += kept.Length;
            offset += part.Length + (end < 0 ? 0 : 1);
            if (end < 0)
                return;
            EndLine();
            piece = piece[(end + 1)..];
        }
    }

    private void EndLine()
    {
        if (sections.Count < MostSections && LogMarkers.MayBe(head.AsSpan(0, headLength)) && LogMarkers.Read(Encoding.UTF8.GetString(head, 0, headLength)) is { } begins)
            sections.Add((Visible(begins.Title), line, begins.Open));
        headLength = 0;
        line++;
        if (line - marks[^1].Line >= LinesBetween || offset - marks[^1].Offset >= BytesBetween)
            marks.Add(new LogMark(line, offset));
    }

    private static string Visible(string title) => string.Concat(new AnsiText().Read(title).Select(span => span.Text));

    private LogOutline Outline(bool whole)
    {
        var lines = line - 1 + (whole && headLength > 0 ? 1 : 0);
        var parts = sections.Select((s, i) => new LogSection(s.Title, s.First, (i + 1 < sections.Count ? sections[i + 1].First : lines + 1) - s.First, s.Open))
            .Where(p => p.Lines > 0).ToList();
        if (whole && parts.Count > 0 && !parts.Any(p => p.Open))
            parts[^1] = parts[^1] with { Open = true }; // it died early: why stands at its end
        return new LogOutline(parts, lines, offset, whole, [.. marks]);
    }
}
