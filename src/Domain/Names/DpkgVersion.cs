namespace Debci.Domain;

/// <summary>The order of Debian's versions: deb-version(7), "Sorting algorithm", as <c>dpkg --compare-versions</c> has it.</summary>
public static class DpkgVersion
{
    /// <summary>Below 0 when the first is older, 0 when they are equal (<c>1.0</c> and <c>0:1.00</c> are), above 0 when it is newer.</summary>
    /// <param name="first">A version that <see cref="Names.IsVersion"/> takes.</param>
    /// <param name="second">Another one.</param>
    public static int Compare(string first, string second)
    {
        var ((epoch1, upstream1, revision1), (epoch2, upstream2, revision2)) = (Parts(first), Parts(second));
        return CompareNumbers(epoch1, epoch2) is not 0 and var byEpoch ? byEpoch
            : ComparePart(upstream1, upstream2) is not 0 and var byUpstream ? byUpstream
            : ComparePart(revision1, revision2);
    }

    /// <summary>Whether the first is strictly older.</summary>
    public static bool IsOlder(string first, string second) => Compare(first, second) < 0;

    private static (string Epoch, string Upstream, string Revision) Parts(string version)
    {
        var colon = version.IndexOf(':', StringComparison.Ordinal);
        var rest = version[(colon + 1)..];
        var dash = rest.LastIndexOf('-');
        return (colon < 0 ? "" : version[..colon], dash < 0 ? rest : rest[..dash], dash < 0 ? "" : rest[(dash + 1)..]);
    }

    // Turns of a part without digits and a part of digits, from the left, until one differs.
    private static int ComparePart(string first, string second)
    {
        var (i, j) = (0, 0);
        while (i < first.Length || j < second.Length)
        {
            while ((i < first.Length && !char.IsAsciiDigit(first[i])) || (j < second.Length && !char.IsAsciiDigit(second[j])))
            {
                var order = Rank(first, i) - Rank(second, j);
                if (order != 0)
                    return order;
                (i, j) = (i + 1, j + 1);
            }
            var (digits1, digits2) = (Digits(first, ref i), Digits(second, ref j));
            if (CompareNumbers(digits1, digits2) is not 0 and var byNumber)
                return byNumber;
        }
        return 0;
    }

    // A tilde comes before the end, the end (and a digit, which ends this part) before letters, letters before all else.
    private static int Rank(string text, int at) => at >= text.Length || char.IsAsciiDigit(text[at]) ? 0
        : text[at] == '~' ? -1
        : char.IsAsciiLetter(text[at]) ? text[at]
        : text[at] + 256;

    private static string Digits(string text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
            at++;
        return text[start..at];
    }

    // Dates and hashes stand in versions: numbers of any length.
    private static int CompareNumbers(string first, string second)
    {
        var (a, b) = (first.TrimStart('0'), second.TrimStart('0'));
        return a.Length != b.Length ? a.Length - b.Length : string.CompareOrdinal(a, b);
    }
}
