namespace Debci.Domain;

/// <summary>What a result is worth to a gate, the best first: britney's Result. The old ones count for less, and are asked for again.</summary>
public enum GateResult
{
    /// <summary>It passed.</summary>
    Pass = 1,
    /// <summary>No test of it could say anything.</summary>
    Neutral,
    /// <summary>It failed.</summary>
    Fail,
    /// <summary>It passed in a version that no suite has any more, or too long ago.</summary>
    OldPass,
    /// <summary>It was neutral, in such a version or so long ago.</summary>
    OldNeutral,
    /// <summary>It failed, in such a version or so long ago.</summary>
    OldFail,
    /// <summary>There is none.</summary>
    None,
}

/// <summary>A finished run as a gate sees it.</summary>
/// <param name="Run">Its number.</param>
/// <param name="Status">pass, neutral, fail; a tmpfail is as if it had never run.</param>
/// <param name="Version">The tested version; null when it is unknown.</param>
/// <param name="At">When its outcome was accepted, here or where it was imported from: what has a later time is newer.</param>
/// <param name="Position">Where it was stored; of equal times, what is further on is newer.</param>
public sealed record GateRun(long Run, Status Status, string? Version, DateTimeOffset At, long Position);

/// <summary>The result that counts.</summary>
/// <param name="Result">What it is worth.</param>
/// <param name="Run">The run behind it; null when there is none.</param>
public sealed record Weighed(GateResult Result, GateRun? Run)
{
    /// <summary>No result.</summary>
    public static readonly Weighed Nothing = new(GateResult.None, null);
}
