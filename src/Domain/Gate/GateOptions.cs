namespace Debci.Domain;

/// <summary>What a failure is held against: britney's ADT_BASELINE.</summary>
public enum Baseline
{
    /// <summary>The newest run with the trigger <c>migration-reference/0</c>, in the target suite alone: Debian's way.</summary>
    Reference,
    /// <summary>Whatever the package has ever had, for whatever trigger: a failure is a regression when it passed once. Ubuntu's way.</summary>
    AnyResult,
}

/// <summary>How a gate decides; the names in brackets are britney's.</summary>
/// <param name="Baseline">What a failure is held against (ADT_BASELINE).</param>
/// <param name="ReferenceMaxAgeDays">An older reference counts for less, and is asked for again (ADT_REFERENCE_MAX_AGE); null for no limit.</param>
/// <param name="IgnoreFailureForNewTests">Whether a test that the target suite does not have may fail (ADT_IGNORE_FAILURE_FOR_NEW_TESTS).</param>
/// <param name="RetryOlderThanDays">A regression is asked for again after so long (ADT_RETRY_OLDER_THAN); null for never.</param>
public sealed record GateOptions(
    Baseline Baseline = Baseline.Reference, int? ReferenceMaxAgeDays = 7, bool IgnoreFailureForNewTests = false, int? RetryOlderThanDays = 1)
{
    private const int MostDays = 36_500;

    /// <summary>What is wrong with them; null when they can be used.</summary>
    public Refusal? Check() => Check(ReferenceMaxAgeDays, "options.referenceMaxAgeDays") ?? Check(RetryOlderThanDays, "options.retryOlderThanDays");

    private static Refusal? Check(int? days, string path) => days is < 0 or > MostDays
        ? new Refusal(RefusalCode.Invalid, $"{days} days are out of range; give 0 to {MostDays}, or null.", path) : null;
}
