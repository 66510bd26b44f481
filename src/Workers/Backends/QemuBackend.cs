using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>
/// autopkgtest's qemu server: a virtual machine for each run, on an overlay over an image made by autopkgtest-build-qemu. Where the
/// host has no KVM it works, ten times as slowly.
/// </summary>
/// <param name="testbeds">The directory with <c>SUITE-ARCH.img</c>.</param>
/// <param name="user">Who runs it; null for the worker's own user.</param>
internal sealed class QemuBackend(string testbeds, string? user) : IBackend
{
    /// <inheritdoc/>
    public string Name => "qemu";

    /// <inheritdoc/>
    public string? User { get; } = user;

    /// <inheritdoc/>
    public Task<string?> ObstacleAsync(CancellationToken ct) => Task.FromResult(
        !Host.Has("qemu-img") ? "qemu-img is missing; install qemu-utils, and qemu-system-x86 (or what the architecture needs)."
        : Testbeds().Count == 0 ? $"There is no testbed in {testbeds}; make one: ops/testbed SUITE ARCH {testbeds} qemu"
        : null);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Testbed>> TestbedsAsync(CancellationToken ct) => Task.FromResult(Testbeds());

    /// <inheritdoc/>
    public Task PrepareAsync(Assignment run, AttemptFolder folder, CancellationToken ct) => File.Exists(Image(run))
        ? Task.CompletedTask
        : throw new NoTestbedException($"There is no testbed {Image(run)} on this worker; make it: ops/testbed {run.Suite} {run.Arch} {testbeds} qemu");

    /// <inheritdoc/>
    public Command Test(Assignment run, AttemptFolder folder) =>
        Autopkgtest.For(run, folder, ["qemu", $"--dpkg-architecture={run.Arch}", $"--overlay-dir={folder.Test}", Image(run)]);

    /// <inheritdoc/>
    public Task RemoveAsync(AttemptFolder folder) => new Command(["rm", "-rf", "--one-file-system", "--", folder.Path]).RunAsync(CancellationToken.None);

    private IReadOnlyList<Testbed> Testbeds() => Host.Testbeds(testbeds, ".img");

    private string Image(Assignment run) => Path.Combine(testbeds, $"{run.Suite}-{run.Arch}.img");
}
