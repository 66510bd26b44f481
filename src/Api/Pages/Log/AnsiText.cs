using System.Globalization;
using System.Text;

namespace Debci.Api.Pages.Log;

/// <summary>A part of a line that looks the same.</summary>
/// <param name="Text">Text without any control character but the tab.</param>
/// <param name="Look">Classes of the stylesheet, such as <c>f1 bold</c>; empty for ordinary text.</param>
public sealed record AnsiSpan(string Text, string Look);

/// <summary>
/// Reads what programs print for terminals (ECMA-48): colours and weights become looks, which last from line to line; whatever else
/// would steer a terminal is left out, and what would steer a reader (NUL, text that turns around) is shown as a sign.
/// </summary>
public sealed class AnsiText
{
    private AnsiLook look;

    /// <summary>Reads the next line.</summary>
    public IReadOnlyList<AnsiSpan> Read(string line)
    {
        line = line.TrimEnd('\r');
        line = line[(line.LastIndexOf('\r') + 1)..]; // a progress bar: its last state
        var (spans, text) = (new List<AnsiSpan>(), new StringBuilder());
        for (var i = 0; i < line.Length;)
        {
            if (line[i] != '\e')
            {
                text.Append(Visible(line[i++]));
                continue;
            }
            var (next, sequence) = Sequence(line, i);
            if (sequence is { } parameters)
            {
                Close(spans, text);
                look = look.With(parameters);
            }
            i = next;
        }
        Close(spans, text);
        return spans;
    }

    private void Close(List<AnsiSpan> spans, StringBuilder text)
    {
        if (text.Length > 0)
            spans.Add(new AnsiSpan(text.ToString(), look.ToString()));
        text.Clear();
    }

    // Where the escape sequence ends, and the parameters of one that sets a look (SGR, "ESC [ … m").
    private static (int Next, string? Look) Sequence(string line, int at) => at + 1 >= line.Length ? (line.Length, null) : line[at + 1] switch
    {
        '[' => ControlSequence(line, at + 2),
        ']' or 'P' or 'X' or '^' or '_' => (EndOfString(line, at + 2), null), // titles, links and such, with their text
        >= ' ' and <= '/' => (Math.Min(at + 3, line.Length), null),
        >= '0' and <= '~' => (at + 2, null),
        _ => (at + 1, null), // no sequence at all
    };

    private static (int Next, string? Look) ControlSequence(string line, int from)
    {
        var end = from;
        while (end < line.Length && line[end] is >= ' ' and <= '?')
            end++;
        if (end >= line.Length)
            return (line.Length, null);
        return line[end] is >= '@' and <= '~' ? (end + 1, line[end] == 'm' ? line[from..end] : null) : (end, null);
    }

    private static int EndOfString(string line, int from)
    {
        for (var i = from; i < line.Length; i++)
        {
            if (line[i] == '\a')
                return i + 1;
            if (line[i] == '\e')
                return i + 1 < line.Length && line[i + 1] == '\\' ? i + 2 : i;
        }
        return line.Length;
    }

    private static char Visible(char c) => c switch
    {
        '\t' => c,
        < ' ' => (char)('\u2400' + c), // the sign for it
        '\u007f' => '\u2421',
        _ when char.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => '\ufffd',
        _ => c,
    };
}
