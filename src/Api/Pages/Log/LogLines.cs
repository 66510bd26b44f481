using System.Text;
using Debci.Api.Files;
using Debci.Domain;

namespace Debci.Api.Pages.Log;

/// <summary>A line as it is shown.</summary>
/// <param name="Number">1 for the first of the log.</param>
/// <param name="Spans">Its text, in parts of one look.</param>
/// <param name="Cut">Bytes at its end that are not shown.</param>
public sealed record LogLine(int Number, IReadOnlyList<AnsiSpan> Spans, long Cut);

/// <summary>Reads lines of a log: a small part of it, however large it is.</summary>
public sealed class LogLines(LogStore logs)
{
    /// <summary>Most lines at once.</summary>
    public const int Most = 1000;

    /// <summary>Bytes of a line that are shown; the rest is in the file.</summary>
    public const int LineBytes = 4096;

    private const int Piece = 256 << 10;
    private const int MostBytes = 8 << 20; // read for one answer, so that long lines do not make it a long one
    private const int MostShown = 1 << 20;

    /// <summary>The lines from <paramref name="first"/> on, at most <paramref name="count"/>; fewer where they are long.</summary>
    public async Task<IReadOnlyList<LogLine>> Read(RunKey run, int attempt, LogOutline outline, int first, int count, CancellationToken cancellation)
    {
        var taking = new Taking(outline.MarkBefore(first).Line, first, Math.Min(first + count - 1, outline.Lines));
        var offset = outline.MarkBefore(first).Offset;
        for (var read = 0; read < MostBytes && !taking.Done && offset < outline.Bytes;)
        {
            var piece = await logs.Read(run, attempt, offset, (int)Math.Min(Piece, outline.Bytes - offset), cancellation);
            if (piece.Length == 0)
                break;
            taking.Take(piece);
            (offset, read) = (offset + piece.Length, read + piece.Length);
        }
        taking.End();
        return taking.Lines;
    }

    // Lines out of pieces that end anywhere.
    private sealed class Taking(int line, int first, int last)
    {
        private readonly List<byte> shown = [];
        private readonly AnsiText ansi = new();
        private int number = line;
        private long length;
        private int total;

        public List<LogLine> Lines { get; } = [];

        public bool Done => number > last || total > MostShown;

        public void Take(ReadOnlySpan<byte> piece)
        {
            while (!piece.IsEmpty && !Done)
            {
                var end = piece.IndexOf((byte)'\n');
                var part = end < 0 ? piece : piece[..end];
                part = LastState(part);
                if (number >= first)
                    shown.AddRange(part[..Math.Min(part.Length, LineBytes - shown.Count)]);
                length += part.Length;
                if (end < 0)
                    return;
                Add();
                piece = piece[(end + 1)..];
            }
        }

        // A progress bar writes over itself: what came before does not count, however long it is.
        private ReadOnlySpan<byte> LastState(ReadOnlySpan<byte> part)
        {
            var again = part.TrimEnd((byte)'\r').LastIndexOf((byte)'\r');
            if (again < 0)
                return part;
            shown.Clear();
            length = 0;
            return part[(again + 1)..];
        }

        /// <summary>The last line, if it lacks its end.</summary>
        public void End()
        {
            if (length > 0 && !Done)
                Add();
        }

        private void Add()
        {
            if (number >= first)
                Lines.Add(new LogLine(number, ansi.Read(Encoding.UTF8.GetString([.. shown])), length - shown.Count));
            total += shown.Count;
            shown.Clear();
            length = 0;
            number++;
        }
    }
}
