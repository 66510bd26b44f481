namespace Debci.Domain.Tests;

internal static class ResultExamples
{
    /// <summary>A report of which only the exit code and the version matter.</summary>
    public static Report Exit(int? exitCode, string? version = "1.0-1") =>
        new(new DateTimeOffset(2026, 1, 1, 12, 0, 0, TimeSpan.Zero), 60, [], 0, TimedOut: false, LogBytes: 1000, exitCode, version);
}
