using System.Text.RegularExpressions;
using Debci.Api.Maintainers;
using Debci.Domain;

namespace Debci.Api.Schedule;

/// <summary>A source package with a test suite, as an index lists it.</summary>
/// <param name="Package">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="Binaries">The binary packages that it builds.</param>
/// <param name="Arches">Words of its field Architecture.</param>
/// <param name="Triggers">Binary packages whose change should test it too.</param>
public sealed partial record SourcePackage(
    string Package, string Version, IReadOnlyList<string> Binaries, IReadOnlyList<string> Arches, IReadOnlyList<string> Triggers)
{
    /// <summary>Whether it has tests: Testsuite names autopkgtest, or one of the autopkgtest-pkg-* kinds.</summary>
    public bool HasTests { get; init; }

    /// <summary>Mail addresses of its maintainer and uploaders.</summary>
    public IReadOnlyList<string> Maintainers { get; init; } = [];

    /// <summary>Reads a stanza of Sources; null when it is none, or breaks Debian's rules for names and versions.</summary>
    public static SourcePackage? Read(IReadOnlyDictionary<string, string> stanza) =>
        stanza.GetValueOrDefault("Package") is { } package && stanza.GetValueOrDefault("Version") is { } version && Names.IsPackage(package) && Names.IsVersion(version)
            ? new SourcePackage(package, version, stanza.Words("Binary"), stanza.Words("Architecture"), stanza.Words("Testsuite-Triggers"))
            {
                HasTests = stanza.Words("Testsuite").Any(t => t == "autopkgtest" || t.StartsWith("autopkgtest-pkg-", StringComparison.Ordinal)),
                Maintainers = Addresses($"{stanza.GetValueOrDefault("Maintainer")},{stanza.GetValueOrDefault("Uploaders")}"),
            }
            : null;

    /// <summary>Whether it can be there on a Debian architecture: <c>any</c>, <c>all</c>, <c>linux-any</c>, or its name.</summary>
    public bool IsOn(string arch) => Arches.Count == 0 || Arches.Any(a => a is "any" or "all" or "linux-any" || a == arch || a == $"any-{arch}");

    /// <summary>The newest version of each package: an index may hold older ones for the sake of their licences.</summary>
    public static IReadOnlyDictionary<string, SourcePackage> Newest(IEnumerable<SourcePackage> sources)
    {
        var newest = new Dictionary<string, SourcePackage>(StringComparer.Ordinal);
        foreach (var source in sources)
        {
            if (!newest.TryGetValue(source.Package, out var known) || DpkgVersion.IsOlder(known.Version, source.Version))
                newest[source.Package] = source;
        }
        return newest;
    }

    /// <summary>Of a stanza of Packages: its source, and what it depends on directly.</summary>
    public static (string Source, IReadOnlyList<string> Depends)? ReadBinary(IReadOnlyDictionary<string, string> stanza) =>
        stanza.GetValueOrDefault("Package") is not { } package ? null
        : ((stanza.GetValueOrDefault("Source") ?? package).Split(' ')[0],
            [.. PackageName().Matches($"{stanza.GetValueOrDefault("Pre-Depends")},{stanza.GetValueOrDefault("Depends")}").Select(m => m.Groups[1].Value)]);

    // By the brackets alone: a name may hold commas.
    private static string[] Addresses(string people) =>
        [.. Address().Matches(people).Select(m => m.Groups[1].Value.ToLowerInvariant()).Where(TellMaintainers.IsAddress).Distinct().Take(TellMaintainers.MostAddresses)];

    [GeneratedRegex("<([^<>]+)>")]
    private static partial Regex Address();

    // A name stands at the beginning, behind a comma, or behind a bar.
    [GeneratedRegex(@"(?:^|[,|])\s*([a-z0-9][a-z0-9+.-]+)")]
    private static partial Regex PackageName();
}
