using System.Globalization;
using System.Text;

namespace Debci.Api.Cli;

/// <summary>Text from outside on its way to a terminal.</summary>
internal static class Terminal
{
    /// <summary>Control characters (escape sequences begin with one) shown as "�", but for line ends and tabs: a log cannot steer a terminal.</summary>
    public static string Safe(string text)
    {
        if (!text.Any(Steers))
            return text;
        var safe = new StringBuilder(text.Length);
        foreach (var c in text)
            safe.Append(Steers(c) ? '\uFFFD' : c);
        return safe.ToString();
    }

    private static bool Steers(char c) => c is not ('\n' or '\t')
        && (char.IsControl(c) || CharUnicodeInfo.GetUnicodeCategory(c) is UnicodeCategory.Format); // Format: text that runs backwards
}
