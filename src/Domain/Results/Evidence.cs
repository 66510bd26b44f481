using System.Text.RegularExpressions;

namespace Debci.Domain;

/// <summary>A package that was in the testbed while a test ran.</summary>
/// <param name="Name">Binary package.</param>
/// <param name="Version">Its version.</param>
public sealed record InstalledPackage(string Name, string Version);

/// <summary>What is known of an attempt beside its report and its summary.</summary>
/// <param name="Package">The source package that was to be tested.</param>
/// <param name="Triggers">What the run was asked for with, <c>source/version</c> each.</param>
/// <param name="Pinned">Whether packages were to come from another suite.</param>
/// <param name="Installed">Packages in the testbed that are named like a trigger's source.</param>
/// <param name="LogEnd">The last part of the log; empty when there is no log, null when what is stored of it cannot be read.</param>
public sealed partial record Evidence(
    string Package, IReadOnlyList<string> Triggers, bool Pinned, IReadOnlyList<InstalledPackage> Installed, string? LogEnd)
{
    /// <summary>How much of a log's end is looked at.</summary>
    public const int LogEndBytes = 65_536;

    /// <summary>The line by which apt or autopkgtest says that the testbed had no network or no indexes; null when none does.</summary>
    public string? SignOfUnreadiness() =>
        NotReady.Match(LogEnd ?? "") is { Success: true, Value: var line } ? StoredText.Clean(line.Trim(), 200) : null;

    /// <summary>
    /// How what was tested is older than a trigger says, in a sentence; null when it is not. A mirror that is behind shows so: the tested
    /// version by autopkgtest's own word, a pinned source by its binary package of the same name (a rebuild's <c>+b1</c> does not count).
    /// </summary>
    /// <param name="tested">The tested version; null when it is unknown.</param>
    public string? Staleness(string? tested)
    {
        if (tested is not null && Trigger.VersionOf(Triggers, Package) is { } wanted && DpkgVersion.IsOlder(tested, wanted))
            return $"The archive gave {Package} {tested}, and {Package}/{wanted} was to be tested";
        return Pinned ? Installed.Select(StalenessOf).FirstOrDefault(s => s is not null) : null;
    }

    /// <summary>
    /// Whether autopkgtest says in this part of a log that it could not install a test's dependencies with the pins, and took whatever it
    /// needed of the other suite: other packages were tested than had been asked for (autopkgtest(1), <c>--no-apt-fallback</c>).
    /// </summary>
    public static bool IsFallback(string log) => Fallback().IsMatch(log);

    // In the words of 5.28 and of 6.0; a log that only cites them in the midst of a line does not count.
    [GeneratedRegex(@"^(?:[ \t]*[0-9]+s )?autopkgtest(?: \[[0-9:]+\])?: WARNING: Test dependencies are unsatisfiable with using apt pinning\. Retrying", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex Fallback();

    private string? StalenessOf(InstalledPackage installed) =>
        Names.IsVersion(installed.Version) && Trigger.VersionOf(Triggers, installed.Name) is { } wanted
            && DpkgVersion.IsOlder(Rebuild().Replace(installed.Version, ""), wanted)
            ? $"The testbed had {installed.Name} {installed.Version}, and {installed.Name}/{wanted} was to be tested" : null;

    // apt's own complaints stand at a line's beginning (behind autopkgtest's seconds), so that a test that talks of networks is not taken for one.
    // Without backtracking: a log is whatever a package makes of it.
    private static readonly Regex NotReady = new(
        @"^[ \t]*(?:[0-9]+s )?(?:(?:E|W|Err|Err:[0-9]+): ?.*(?:Temporary failure resolving|Could not resolve|Could not connect to|Unable to connect to|Network is unreachable|Connection timed out|Connection failed|Failed to fetch|Hash Sum mismatch|is not valid yet|Some index files failed to download).*|.*: user \S+ does not exist.*|su: unknown user.*)$",
        RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking);

    [GeneratedRegex(@"\+b[0-9]+\z")]
    private static partial Regex Rebuild();
}
