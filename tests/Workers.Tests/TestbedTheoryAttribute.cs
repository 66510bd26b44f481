namespace Debci.Workers.Tests;

/// <summary>A test on a real testbed: skipped with a sentence where there is none, but not on CI, where it then fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TestbedTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks at the environment once, when the tests are found.</summary>
    public TestbedTheoryAttribute()
    {
        if (Testbeds is null && Environment.GetEnvironmentVariable("CI") != "true")
            Skip = "There is no testbed here: make one with `ops/testbed bookworm amd64 DIR` and set DEBCI_TEST_TESTBEDS=DIR.";
    }

    /// <summary>The directory with bookworm-amd64.tar; null when there is none.</summary>
    public static string? Testbeds =>
        Environment.GetEnvironmentVariable("DEBCI_TEST_TESTBEDS") is { } folder && File.Exists(Path.Combine(folder, "bookworm-amd64.tar"))
            ? folder
            : null;
}
