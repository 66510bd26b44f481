using Debci.Domain;

namespace Debci.Workers.Attempts;

/// <summary>
/// The packages of the testbed that are named like a trigger's source, by autopkgtest's lists: <c>testbed-packages</c> and each test's own.
/// By these the server sees that a mirror was behind.
/// </summary>
internal static class InstalledPackages
{
    private const int MostLists = 1000;

    /// <summary>Reads the lists; of a package in several of them the last one counts, which is what a test installed on top.</summary>
    public static IReadOnlyList<InstalledPackage> Of(AttemptFolder folder, IReadOnlyList<Trigger> triggers)
    {
        var wanted = triggers.Select(t => t.Source).ToHashSet(StringComparer.Ordinal);
        if (wanted.Count == 0 || !Directory.Exists(folder.Output))
            return [];
        var lists = Directory.EnumerateFiles(folder.Output, "*-packages").Select(Path.GetFileName).Order(StringComparer.Ordinal).Take(MostLists);
        var found = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lists.Prepend("testbed-packages").SelectMany(list => Upload.Text(folder, list!).Split('\n')))
        {
            if (line.Split('\t') is [var name, var version, ..] && wanted.Contains(name))
                found[name] = version.Trim();
        }
        return [.. found.Select(f => new InstalledPackage(f.Key, f.Value))];
    }
}
