namespace Debci.Workers.Tests;

/// <summary>A test on a real testbed: skipped with a sentence where there is none, but not on CI, where it then fails.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class TestbedTheoryAttribute : TheoryAttribute
{
    /// <summary>Looks at the host once, when the tests are found.</summary>
    /// <param name="backend">Whose testbed.</param>
    /// <param name="arch">The testbed's architecture.</param>
    /// <param name="isLong">Whether it belongs to <c>ops/test --long</c> alone.</param>
    public TestbedTheoryAttribute(string backend = "unshare", string arch = "amd64", bool isLong = false) => Skip =
        isLong && Environment.GetEnvironmentVariable("DEBCI_TEST_LONG") is null ? "It takes long: ops/test --long runs it."
        : Environment.GetEnvironmentVariable("CI") == "true" ? null
        : Missing(backend, arch);

    /// <summary>The directory with SUITE-ARCH.tar; null when there is none.</summary>
    public static string? Testbeds => TestbedsOf("amd64");

    // schroot and lxc keep theirs where only root may look.
    private static string? Missing(string backend, string arch) => backend switch
    {
        "unshare" => TestbedsOf(arch) is null ? $"There is no testbed here: make one with `ops/testbed bookworm {arch} DIR` and set DEBCI_TEST_TESTBEDS=DIR." : null,
        _ when !Environment.IsPrivilegedProcess => $"Tests on {backend} need root.",
        "schroot" => File.Exists($"/etc/schroot/chroot.d/debci-bookworm-{arch}") ? null : $"There is no schroot here: as root, make one with `ops/testbed bookworm {arch} DIR schroot`.",
        _ => File.Exists($"/var/lib/lxc/debci-bookworm-{arch}/config") ? null : $"There is no container here: as root, make one with `ops/testbed bookworm {arch} DIR lxc`.",
    };

    private static string? TestbedsOf(string arch) =>
        Environment.GetEnvironmentVariable("DEBCI_TEST_TESTBEDS") is { } folder && File.Exists(Path.Combine(folder, $"bookworm-{arch}.tar")) ? folder : null;
}
