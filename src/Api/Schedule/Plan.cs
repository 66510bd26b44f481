using Debci.Domain;

namespace Debci.Api.Schedule;

/// <summary>What was last asked for of a package.</summary>
/// <param name="Version">Its version then.</param>
/// <param name="At">When.</param>
public sealed record Seen(string Version, DateTimeOffset At);

/// <summary>A run to be asked for.</summary>
/// <param name="Package">Source package.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Trigger">What caused it; null for a package that is tested again after a while.</param>
public sealed record Wish(string Package, string Arch, string? Trigger);

/// <summary>What to ask for, and what is seen then.</summary>
public sealed record Plan(IReadOnlyList<Wish> Wishes, IReadOnlyDictionary<string, Seen> Seen)
{
    /// <summary>The packages whose version is not the one that was last seen, or that were never seen.</summary>
    public static IReadOnlyList<SourcePackage> Fresh(IReadOnlyDictionary<string, Seen> seen, IReadOnlyDictionary<string, SourcePackage> archive) =>
        [.. archive.Values.Where(s => !seen.TryGetValue(s.Package, out var known) || DpkgVersion.IsOlder(known.Version, s.Version)).OrderBy(s => s.Package, StringComparer.Ordinal)];

    /// <summary>
    /// A run for each new version of a package with tests; where configured, for what depends on it or names it as a trigger; and for what
    /// was not tested for too long. Packages that left the archive are forgotten.
    /// </summary>
    /// <param name="seen">What was seen before.</param>
    /// <param name="archive">What there is now.</param>
    /// <param name="dependents">Sources by the binary package that they depend on directly.</param>
    /// <param name="settings">The suite's.</param>
    /// <param name="arches">Architectures to ask for.</param>
    /// <param name="now">The time.</param>
    public static Plan Make(
        IReadOnlyDictionary<string, Seen> seen, IReadOnlyDictionary<string, SourcePackage> archive, ILookup<string, string> dependents,
        ScheduleSettings settings, IReadOnlyList<string> arches, DateTimeOffset now)
    {
        var fresh = Fresh(seen, archive);
        var triggered = archive.Values.SelectMany(s => s.Triggers.Select(t => (Trigger: t, s.Package))).ToLookup(t => t.Trigger, t => t.Package);
        var wanted = new List<(string Package, string? Trigger)>();
        foreach (var source in fresh)
        {
            IEnumerable<string> others = [
                .. settings.ReverseDependencies ? source.Binaries.SelectMany(b => dependents[b]) : [],
                .. settings.TestsuiteTriggers ? source.Binaries.SelectMany(b => triggered[b]) : []];
            wanted.AddRange(others.Prepend(source.Package).Distinct().Select(p => (p, (string?)$"{source.Package}/{source.Version}")));
        }
        if (settings.RetestDays > 0)
            wanted.AddRange(archive.Values.Where(s => IsDue(seen.GetValueOrDefault(s.Package), s, settings, now)).Select(s => (s.Package, (string?)null)));
        Wish[] wishes = [.. from w in wanted
            where archive.TryGetValue(w.Package, out var source) && source.HasTests
            from arch in arches
            where archive[w.Package].IsOn(arch)
            select new Wish(w.Package, arch, w.Trigger)];
        var asked = wanted.Where(w => w.Trigger is null || w.Trigger.StartsWith(w.Package + "/", StringComparison.Ordinal)).Select(w => w.Package).ToHashSet();
        return new Plan(wishes, archive.ToDictionary(s => s.Key, s => asked.Contains(s.Key) ? new Seen(s.Value.Version, now) : seen[s.Key]));
    }

    /// <summary>Everything as seen, and nothing asked for: how the first round begins with an archive that is tested already.</summary>
    public static Plan Remember(IReadOnlyDictionary<string, SourcePackage> archive, DateTimeOffset now) =>
        new([], archive.ToDictionary(s => s.Key, s => new Seen(s.Value.Version, now)));

    private static bool IsDue(Seen? seen, SourcePackage source, ScheduleSettings settings, DateTimeOffset now) =>
        source.HasTests && seen is not null && seen.At < now.AddDays(-settings.RetestDays) && !DpkgVersion.IsOlder(seen.Version, source.Version);
}
