namespace Debci.Domain;

/// <summary>How many workers are wanted of a kind.</summary>
public static class FleetSize
{
    /// <summary>
    /// Places for what runs, and as many more as it takes to have what waits started within the target: one at least, and never more than there
    /// are runs.
    /// </summary>
    /// <param name="pending">Runs that wait.</param>
    /// <param name="running">Runs that workers have.</param>
    /// <param name="seconds">How long such runs took of late, on average; null when nothing is known: then each that waits wants a place.</param>
    /// <param name="target">Within how many seconds what waits now shall have started.</param>
    public static long Wanted(long pending, long running, double? seconds, int target) =>
        running + (seconds is { } each && pending > 0 ? Math.Clamp((long)Math.Ceiling(pending * each / target), 1, pending) : pending);
}
