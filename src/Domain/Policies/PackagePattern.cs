using System.Text;
using System.Text.RegularExpressions;

namespace Debci.Domain;

/// <summary>
/// Which packages are meant, in which suites and on which architectures: <c>package[/suite[/arch]]</c>, each a glob with <c>*</c> and <c>?</c>. <c>linux*</c> is every suite and
/// architecture, <c>chromium/*/armhf</c> one architecture.
/// </summary>
public sealed class PackagePattern
{
    private readonly Regex[] parts;

    private PackagePattern(string text, Regex[] parts) => (Text, this.parts) = (text, parts);

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>Reads a pattern; null when it has other characters than names and globs have, or more than three parts.</summary>
    public static PackagePattern? TryParse(string text)
    {
        var parts = text.Split('/');
        return text.Length <= 300 && parts.Length <= 3 && parts.All(p => p.Length > 0 && p.All(IsPart))
            ? new PackagePattern(text, [.. parts.Select(ToRegex)]) : null;
    }

    /// <summary>Whether it matches a request.</summary>
    public bool Matches(string package, string suite, string arch) =>
        Fits(0, package) && Fits(1, suite) && Fits(2, arch);

    private bool Fits(int part, string name) => part >= parts.Length || parts[part].IsMatch(name);

    private static bool IsPart(char c) => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || "+.-_*?".Contains(c, StringComparison.Ordinal);

    // Without backtracking: a pattern of many stars takes no longer than one of few.
    private static Regex ToRegex(string glob)
    {
        var pattern = new StringBuilder(@"\A");
        foreach (var c in glob)
            pattern.Append(c switch { '*' => ".*", '?' => ".", _ => Regex.Escape($"{c}") });
        return new Regex(pattern.Append(@"\z").ToString(), RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);
    }
}
