using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Debci.Api.Files;

/// <summary>A border between two gzip members: the plain bytes and the gzip bytes before it.</summary>
internal readonly record struct LogMark(long Plain, long Gzip);

/// <summary>
/// <c>log.index</c>: one line <c>PLAIN GZIP</c> at the end of each member, and <c>end SENT</c> when the log is finished.
/// What it does not name is not there: a member counts from the moment its line is written. A line without its newline
/// was cut by a crash and does not count; nor does one that a disk has damaged, with all behind it.
/// </summary>
/// <param name="Marks">The borders, from (0, 0) on.</param>
/// <param name="End">How many bytes the worker had sent when the log was finished; null while it grows.</param>
/// <param name="Bytes">How much of the file is whole lines.</param>
internal sealed partial record LogIndex(IReadOnlyList<LogMark> Marks, long? End, long Bytes)
{
    /// <summary>Where the last member ends.</summary>
    public LogMark Last => Marks[^1];

    /// <summary>Reads the file; of a missing one, the index of an empty log.</summary>
    public static LogIndex Read(string path) => File.Exists(path) ? Parse(Lines().Match(File.ReadAllText(path, Encoding.ASCII)).Value) : new LogIndex([default], null, 0);

    /// <summary>The same from its text, which has no other lines.</summary>
    public static LogIndex Parse(string text)
    {
        var whole = text.LastIndexOf('\n') + 1;
        var lines = text[..whole].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split(' ')).ToList();
        return new LogIndex(
            [default, .. lines.Where(line => line[0] != "end").Select(line => new LogMark(Number(line[0]), Number(line[1])))],
            lines is [.., ["end", var sent]] ? Number(sent) : null,
            whole);
    }

    /// <summary>Writes the line that makes a member count.</summary>
    public LogIndex Add(string path, LogMark mark) =>
        this with { Marks = [.. Marks, mark], Bytes = Write(path, Line(mark)) };

    /// <summary>Writes the line that finishes the log.</summary>
    public LogIndex Close(string path, long sent) =>
        this with { End = sent, Bytes = Write(path, EndLine(sent)) };

    /// <summary>Gives up members beyond so many gzip bytes: a disk that lost written blocks. The worker is asked for them again.</summary>
    public LogIndex CutTo(string path, long gzip)
    {
        if (Last.Gzip <= gzip)
            return this;
        List<LogMark> kept = [.. Marks.Where(mark => mark.Gzip <= gzip)];
        var cut = this with { Marks = kept, Bytes = kept.Skip(1).Sum(mark => Line(mark).Length) };
        cut.Write(path, "");
        return cut;
    }

    /// <summary>The text of a finished log's.</summary>
    public static string TextOf(IEnumerable<LogMark> marks, long sent) => string.Concat(marks.Where(mark => mark != default).Select(Line)) + EndLine(sent);

    /// <summary>The number of the member that holds a plain byte; it must be before <see cref="Last"/>.</summary>
    public int MemberWith(long plain)
    {
        var (low, high) = (0, Marks.Count - 2);
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            (low, high) = Marks[middle].Plain <= plain ? (middle, high) : (low, middle - 1);
        }
        return low;
    }

    [GeneratedRegex(@"\A(?:[0-9]{1,18} [0-9]{1,18}\n)*(?:end [0-9]{1,18}\n)?", RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Lines();

    private long Write(string path, string line)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(file, Bytes);
        RandomAccess.Write(file, Encoding.ASCII.GetBytes(line), Bytes);
        RandomAccess.FlushToDisk(file);
        return Bytes + line.Length;
    }

    private static string EndLine(long sent) => string.Create(CultureInfo.InvariantCulture, $"end {sent}\n");

    private static string Line(LogMark mark) => string.Create(CultureInfo.InvariantCulture, $"{mark.Plain} {mark.Gzip}\n");

    private static long Number(string digits) => long.Parse(digits, NumberStyles.None, CultureInfo.InvariantCulture);
}
