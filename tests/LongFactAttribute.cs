namespace Debci.Playground;

/// <summary>A test that takes longer than <c>ops/test</c> has; <c>ops/test --long</c> runs it.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LongFactAttribute : FactAttribute
{
    public LongFactAttribute() => Skip = Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") == "1" ? null : "it takes minutes: ops/test --long";
}
