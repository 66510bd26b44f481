namespace Debci.Api.Pages.Log;

/// <summary>A foldable part of a log.</summary>
/// <param name="Title">What it is, in autopkgtest's words.</param>
/// <param name="First">Its first line; 1 is the log's first.</param>
/// <param name="Lines">How many lines it has so far.</param>
/// <param name="Open">Whether a reader wants to see it at once: what tests print, and the summary.</param>
public sealed record LogSection(string Title, int First, int Lines, bool Open);

/// <summary>The lines by which autopkgtest parts its log. A test can print the same: then there is a section more, and nothing else.</summary>
internal static class LogMarkers
{
    /// <summary>Longest beginning of a line that a marker is looked for in.</summary>
    public const int Length = 240;

    private const string Rule = "@@@@@@@@@@@@@@@@@@@@ ";
    private const string Dashes = "- - - - - - - - - -";

    // autopkgtest 5.28 begins so; 5.49 writes the seconds since its start before it: " 12s autopkgtest [".
    private static ReadOnlySpan<byte> Beginning => "autopkgtest ["u8;
    private const int MostBefore = 12;

    /// <summary>Whether a line may be one, told quickly.</summary>
    public static bool MayBe(ReadOnlySpan<byte> line)
    {
        var rest = line.TrimStart(" 0123456789s"u8);
        return line.Length - rest.Length <= MostBefore && rest.StartsWith(Beginning);
    }

    /// <summary>The section that a line begins, or null: <c>autopkgtest [15:22:13]: test smoke: [-----------------------</c>.</summary>
    public static (string Title, bool Open)? Read(string line)
    {
        if (line.IndexOf("]: ", StringComparison.Ordinal) is not (> 0 and < 40 and var at))
            return null;
        var words = line[(at + 3)..].TrimEnd();
        if (words.StartsWith(Rule, StringComparison.Ordinal))
            return (words[Rule.Length..], words.EndsWith("summary", StringComparison.Ordinal));
        if (!words.StartsWith("test ", StringComparison.Ordinal) || words.IndexOf(": ", StringComparison.Ordinal) is not (> 5 and var colon))
            return null;
        var (test, what) = (words[5..colon], words[(colon + 2)..].Trim());
        if (what == "preparing testbed")
            return ($"{test}: preparing testbed", false);
        if (what.StartsWith("[---", StringComparison.Ordinal))
            return ($"{test}: output", true);
        return what.StartsWith(Dashes, StringComparison.Ordinal) && what.EndsWith(Dashes, StringComparison.Ordinal) && what.Length > 2 * Dashes.Length
            ? ($"{test}: {what[Dashes.Length..^Dashes.Length].Trim()}", true) : null;
    }
}
