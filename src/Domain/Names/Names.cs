using System.Text.RegularExpressions;

namespace Debci.Domain;

/// <summary>The rules that names from outside must pass before they reach an event, a path or an argument.</summary>
public static partial class Names
{
    /// <summary>Longest source package name taken (Debian's longest has under 80 characters).</summary>
    public const int PackageLength = 128;

    /// <summary>Debian Policy 5.6.1: lower case letters, digits, plus, minus, period; at least two, the first a letter or digit.</summary>
    public static bool IsPackage(string name) => name.Length <= PackageLength && Package().IsMatch(name);

    /// <summary>Debian Policy 5.6.12: epoch, upstream version and revision; what dpkg would take.</summary>
    public static bool IsVersion(string version) => version.Length <= 128 && Version().IsMatch(version) && IsEpoch(version[..Math.Max(0, version.IndexOf(':'))]);

    // dpkg keeps an epoch in an int.
    private static bool IsEpoch(string epoch) => epoch.Length == 0 || int.TryParse(epoch, System.Globalization.NumberStyles.None, null, out _);

    /// <summary>A suite, architecture, backend or extra source: a word that is safe as a folder name (never "..").</summary>
    public static bool IsWord(string word) => word.Length <= 64 && Word().IsMatch(word);

    /// <summary>A worker: like a host name, with a slot behind it if it likes (<c>ci-worker-12.example.org:2</c>).</summary>
    public static bool IsWorker(string name) => name.Length <= 128 && Worker().IsMatch(name);

    /// <summary>The folder that holds a source package in pools: its first letter, or four letters where it begins with lib.</summary>
    public static string Prefix(string package) =>
        package.StartsWith("lib", StringComparison.Ordinal) && package.Length > 3 ? package[..4] : package[..1];

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+.-]+\z")]
    private static partial Regex Package();

    [GeneratedRegex(@"\A(?:[0-9]+:[0-9A-Za-z][0-9A-Za-z.+~:-]*|[0-9A-Za-z][0-9A-Za-z.+~-]*)(?<!-)\z")]
    private static partial Regex Version();

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9+._-]*\z")]
    private static partial Regex Word();

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9._:-]*\z")]
    private static partial Regex Worker();
}
