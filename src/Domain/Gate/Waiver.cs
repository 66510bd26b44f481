namespace Debci.Domain;

/// <summary>What a waiver lets through.</summary>
public enum WaiverKind
{
    /// <summary>The failure of a tested package, up to a version: britney's force-badtest.</summary>
    BadTest,
    /// <summary>A candidate of just this version, whatever its tests say: britney's force-skiptest.</summary>
    SkipTest,
}

/// <summary>Somebody's word that tests of a package do not count.</summary>
/// <param name="Kind">What it lets through.</param>
/// <param name="Suite">The target suite.</param>
/// <param name="Package">The tested package, or the candidate.</param>
/// <param name="Version">The tested version up to which it holds, or <c>all</c>; the candidate's version.</param>
/// <param name="Arch">On this architecture only; null for all.</param>
/// <param name="Until">From then on it does not hold any more; null for no end.</param>
public sealed record Waiver(WaiverKind Kind, string Suite, string Package, string Version, string? Arch = null, DateTimeOffset? Until = null)
{
    /// <summary>The version of a waiver that holds for every version.</summary>
    public const string AllVersions = "all";

    /// <summary>Whether the failure of a tested version is let through (has_force_badtest).</summary>
    public bool CoversTest(string package, string version, string arch, DateTimeOffset now) =>
        Holds(WaiverKind.BadTest, package, now) && (Arch is null || Arch == arch)
        && (Version == AllVersions || (Names.IsVersion(version) && DpkgVersion.Compare(version, Version) <= 0));

    /// <summary>Whether a candidate is let through.</summary>
    public bool CoversCandidate(string source, string version, DateTimeOffset now) => Holds(WaiverKind.SkipTest, source, now) && Version == version;

    /// <summary>What is wrong with it; null when it can be given.</summary>
    public Refusal? Check(Archive archive) =>
        archive.CheckSuite(Suite, "suite") ?? (Arch is null ? null : archive.CheckArch(Arch, "arch"))
        ?? (!Names.IsPackage(Package) ? Invalid($"{StoredText.Quote(Package)} is no source package name.", "package")
        : Kind == WaiverKind.SkipTest && Arch is not null ? Invalid("A waiver of a candidate holds on all architectures; leave arch out.", "arch")
        : Kind == WaiverKind.BadTest && Version == AllVersions ? null
        : Version != AllVersions && Names.IsVersion(Version) ? null
        : Invalid($"{StoredText.Quote(Version)} is no version{(Kind == WaiverKind.BadTest ? $", nor \"{AllVersions}\"" : " of a candidate")}.", "version"));

    private bool Holds(WaiverKind kind, string package, DateTimeOffset now) => Kind == kind && Package == package && (Until is null || now < Until);

    private static Refusal Invalid(string sentence, string path) => new(RefusalCode.Invalid, sentence, path);
}
