namespace Debci.Domain;

/// <summary>How a run is tried again after an attempt that came to nothing.</summary>
/// <param name="Delay">Not before so long from now.</param>
/// <param name="OtherHost">Whether another worker shall have it, where there is one.</param>
public sealed record Retry(TimeSpan Delay, bool OtherHost);

/// <summary>How often and when a run is tried again by itself, by what went wrong: one table.</summary>
/// <param name="MostAttempts">The cap over all causes; nothing comes back for ever.</param>
/// <param name="Pause">What the table's delays are multiples of.</param>
public sealed record RetryPolicy(int MostAttempts, TimeSpan Pause)
{
    /// <summary>Three attempts in all, a minute the shortest pause.</summary>
    public static readonly RetryPolicy Default = new(3, TimeSpan.FromMinutes(1));

    /// <summary>The longest delay of the table: whatever waits longer was given another time.</summary>
    public TimeSpan Longest => 30 * Pause;

    /// <summary>What follows on <paramref name="attempt"/>, which came to nothing for this cause; null when it was the last.</summary>
    /// <param name="cause">Why.</param>
    /// <param name="attempt">Which it was.</param>
    /// <param name="unexpected">How many of the run's attempts before it ended in an unexpected exit.</param>
    public Retry? After(Cause cause, int attempt, int unexpected = 0) => attempt >= MostAttempts ? null : cause switch
    {
        Cause.SourceNotFound => null,                                       // the archive's answer is the same a minute later
        Cause.TimedOut => null,                                             // it would take as long again
        Cause.LogTooLarge => null,                                          // it would write as much again
        Cause.WorkerLost => new Retry(TimeSpan.Zero, OtherHost: true),      // it has waited for its lease already
        Cause.TestbedFailure => new Retry(Pause, OtherHost: true),
        Cause.TestbedNotReady => new Retry(5 * Pause, OtherHost: true),     // a network comes back
        Cause.SourceNotFetched => new Retry(5 * Pause, OtherHost: true),    // a host's own proxy or disk may be at fault
        Cause.TriggerNotInArchive => new Retry(Longest, OtherHost: false), // a mirror's next pulse
        Cause.UnexpectedExit => unexpected > 0 ? null : new Retry(Pause, OtherHost: true), // twice the same is no accident
    };

    /// <summary>Whether the cause says something about the host that it was met on, so that it counts when workers are compared.</summary>
    public static bool IsOfHost(Cause cause) => cause switch
    {
        Cause.TestbedFailure or Cause.TestbedNotReady or Cause.UnexpectedExit or Cause.WorkerLost => true,
        Cause.SourceNotFetched or Cause.TimedOut => true, // the archive's or the package's fault as often; then it meets the peers as well
        Cause.SourceNotFound or Cause.TriggerNotInArchive or Cause.LogTooLarge => false,
    };
}
