using System.Text;

namespace Debci.Api.Pages.Log;

/// <summary>A log's sections, and marks by which a line is found without reading what lies before it.</summary>
/// <param name="Sections">In order; the first begins at line 1.</param>
/// <param name="Lines">Complete lines so far.</param>
/// <param name="Bytes">Plain bytes that were read.</param>
/// <param name="Marks">Beginnings of lines, every thousand lines or megabyte.</param>
public sealed record LogOutline(IReadOnlyList<LogSection> Sections, int Lines, long Bytes, IReadOnlyList<LogMark> Marks)
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

    /// <summary>Reads on to <paramref name="end"/> (of what is stored), by <paramref name="read"/>: offset and length to bytes.</summary>
    public LogOutline ReadTo(long end, Func<long, int, byte[]> read)
    {
        while (offset < end)
        {
            var piece = read(offset, (int)Math.Min(Piece, end - offset));
            if (piece.Length == 0)
                break;
            Take(piece);
        }
        return Outline();
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
            sections.Add((Domain.StoredText.Clean(begins.Title, 200), line, begins.Open));
        headLength = 0;
        line++;
        if (line - marks[^1].Line >= LinesBetween || offset - marks[^1].Offset >= BytesBetween)
            marks.Add(new LogMark(line, offset));
    }

    // Of a log that is over the last line may lack its end; it counts.
    private LogOutline Outline()
    {
        var lines = line - 1 + (headLength > 0 ? 1 : 0);
        var parts = sections.Select((s, i) => new LogSection(s.Title, s.First, (i + 1 < sections.Count ? sections[i + 1].First : lines + 1) - s.First, s.Open));
        return new LogOutline([.. parts.Where(p => p.Lines > 0)], lines, offset, [.. marks]);
    }
}
