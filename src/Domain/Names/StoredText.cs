using System.Globalization;
using System.Text;

namespace Debci.Domain;

/// <summary>Text that comes from packages or from people, on its way into an event or a sentence.</summary>
public static class StoredText
{
    /// <summary>
    /// At most <paramref name="cap"/> characters, without NUL (which PostgreSQL cannot store) and without lone surrogates
    /// (which JSON cannot carry). Everything else stays as it was: escaping is the business of who shows it.
    /// </summary>
    public static string Clean(string text, int cap)
    {
        if (text.Length <= cap && IsClean(text))
            return text;
        var clean = new StringBuilder(Math.Min(text.Length, cap));
        foreach (var rune in text.EnumerateRunes()) // a lone surrogate comes as U+FFFD
        {
            if (clean.Length + rune.Utf16SequenceLength > cap)
                break;
            if (rune.Value != 0)
                clean.Append(rune.ToString());
        }
        return clean.ToString();
    }

    /// <summary>A word from outside inside a sentence: quoted, short, and what could steer a terminal or turn the line around shown as "?".</summary>
    /// <param name="text">The word.</param>
    /// <param name="cap">How many characters of it are shown; more for a whole sentence.</param>
    public static string Quote(string text, int cap = 60)
    {
        var shown = string.Concat(Clean(text, cap).Select(c => Steers(c) ? '?' : c));
        return $"\"{shown}\"";
    }

    private static bool Steers(char c) => char.GetUnicodeCategory(c)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    private static bool IsClean(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i++)))
                return false;
        }
        return true;
    }
}
