namespace Debci.Domain;

/// <summary>When a package's runs are held: it has taken too many hosts with it.</summary>
public static class QuarantineRule
{
    /// <summary>So many abandoned runs of one package, version, suite and arch.</summary>
    public const int Abandoned = 3;

    /// <summary>Within this time.</summary>
    public static readonly TimeSpan Within = TimeSpan.FromDays(7);

    /// <summary>The runs that are enough, the newest ones; null while there are too few.</summary>
    /// <param name="abandoned">Abandoned runs of the package, suite and arch, with the version that each was to test and the time of its end.</param>
    /// <param name="version">The version in question; null when it is unknown, as is then that of the runs that count.</param>
    /// <param name="now">The time of the newest one's end.</param>
    public static IReadOnlyList<long>? Enough(IEnumerable<(long Run, string? Version, DateTimeOffset At)> abandoned, string? version, DateTimeOffset now)
    {
        long[] runs = [.. abandoned.Where(a => a.Version == version && a.At > now - Within && a.At <= now).OrderByDescending(a => a.At).Select(a => a.Run).Take(Abandoned)];
        return runs.Length == Abandoned ? runs : null;
    }
}
