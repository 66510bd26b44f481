namespace Debci.Domain;

/// <summary>
/// Packages that are taken from another suite for this run: autopkgtest's <c>--pin-packages=unstable=src:green,src:other</c>.
/// </summary>
/// <param name="Packages">Source packages as <c>src:green</c>, or binary packages by name.</param>
/// <param name="Suite">The suite that they come from.</param>
public sealed record Pin(IReadOnlyList<string> Packages, string Suite)
{
    /// <summary>Whether autopkgtest could read it: at least one package, every name and the suite by Debian's rules.</summary>
    public bool IsReadable() => Packages.Count > 0 && Packages.All(IsPackage) && Names.IsWord(Suite);

    /// <summary>autopkgtest's form, <c>unstable=src:green,src:other</c>.</summary>
    public override string ToString() => $"{Suite}={string.Join(',', Packages)}";

    private static bool IsPackage(string name) =>
        Names.IsPackage(name.StartsWith("src:", StringComparison.Ordinal) ? name[4..] : name);
}
