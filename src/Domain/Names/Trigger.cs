namespace Debci.Domain;

/// <summary>What caused a test: a source package and its version, written <c>green/2</c> (britney's and autopkgtest's form).</summary>
/// <param name="Source">The source package, or <c>migration-reference</c>.</param>
/// <param name="Version">Its version; <c>0</c> for the reference.</param>
public sealed record Trigger(string Source, string Version)
{
    /// <summary>britney's trigger for a run in the pure target suite, with which candidates are compared.</summary>
    public const string Reference = "migration-reference/0";

    /// <summary>Reads <c>source/version</c>; null when it breaks Debian's rules for either.</summary>
    public static Trigger? TryParse(string text)
    {
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (slash < 0)
            return null;
        var (source, version) = (text[..slash], text[(slash + 1)..]);
        return Names.IsPackage(source) && Names.IsVersion(version) ? new Trigger(source, version) : null;
    }

    /// <summary>The version of a package that triggers name, the highest if they name several; null when they name none.</summary>
    /// <param name="triggers">As stored, <c>source/version</c> each.</param>
    /// <param name="package">Source package.</param>
    public static string? VersionOf(IEnumerable<string> triggers, string package) => triggers.Select(TryParse)
        .Where(t => t?.Source == package).Select(t => t!.Version).DefaultIfEmpty().Aggregate((a, b) => a is null || (b is not null && DpkgVersion.IsOlder(a, b)) ? b : a);

    /// <summary>The form on the wire.</summary>
    public override string ToString() => $"{Source}/{Version}";
}
