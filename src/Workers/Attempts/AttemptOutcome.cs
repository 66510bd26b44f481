namespace Debci.Workers.Attempts;

/// <summary>How an attempt ended for this worker; what it says about the package is the server's business.</summary>
internal enum AttemptOutcome
{
    /// <summary>The server has the report for good.</summary>
    Reported,
    /// <summary>The run was cancelled or given to somebody else; the test was ended and its files dropped.</summary>
    NotOurs,
    /// <summary>The worker was told to end; nothing was reported, the lease expires.</summary>
    Stopped,
    /// <summary>Something broke in the worker itself, or the server refused its report; nothing was reported, the lease expires.</summary>
    Broken,
}

/// <summary>How the test ended.</summary>
/// <param name="ExitCode">autopkgtest's; null when it was killed.</param>
/// <param name="TimedOut">Whether the limit for the whole run ended it.</param>
/// <param name="LogTooLarge">Whether it wrote more log than a run may.</param>
internal readonly record struct TestEnd(int? ExitCode, bool TimedOut = false, bool LogTooLarge = false)
{
    /// <summary>autopkgtest's code for a testbed that could not be had, which is also what it is when the worker could not make one.</summary>
    public static TestEnd NoTestbed { get; } = new(16);

    /// <summary>The limit for the whole run was reached.</summary>
    public static TestEnd Late { get; } = new(null, TimedOut: true);

    /// <summary>The log has grown beyond its limit.</summary>
    public static TestEnd Flood { get; } = new(null, LogTooLarge: true);
}
