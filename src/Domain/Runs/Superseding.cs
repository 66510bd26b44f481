namespace Debci.Domain;

/// <summary>Which pending run gives way to a newer request.</summary>
public static class Superseding
{
    /// <summary>
    /// The source and version that decide: of the first trigger. Null when there is none, and for the reference, which never ages.
    /// </summary>
    /// <param name="triggers">As stored, <c>source/version</c> each.</param>
    public static Trigger? Subject(IReadOnlyList<string> triggers) =>
        triggers.Count > 0 && triggers[0] != Trigger.Reference ? Trigger.TryParse(triggers[0]) : null;

    /// <summary>
    /// Whether a pending run of the same requester, package, suite and arch gives way: its first trigger names the same source in an
    /// older version, by dpkg's order.
    /// </summary>
    public static bool GivesWay(IReadOnlyList<string> older, IReadOnlyList<string> newer) =>
        Subject(older) is { } before && Subject(newer) is { } after && before.Source == after.Source && DpkgVersion.IsOlder(before.Version, after.Version);
}
