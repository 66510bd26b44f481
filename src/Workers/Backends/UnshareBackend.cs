using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>
/// autopkgtest's unshare server: a tarball made by ops/testbed, unpacked for each run into namespaces of a user without root.
/// That user needs a range in /etc/subuid; files inside belong to ids of that range, so only that user (or root) can remove them.
/// </summary>
/// <param name="testbeds">The directory with <c>SUITE-ARCH.tar</c>.</param>
/// <param name="user">Who runs it; null for the worker's own user, which then is not root.</param>
internal sealed class UnshareBackend(string testbeds, string? user) : IBackend
{
    /// <inheritdoc/>
    public string Name => "unshare";

    /// <inheritdoc/>
    public string? User { get; } = user;

    /// <inheritdoc/>
    public Task<string?> ObstacleAsync(CancellationToken ct)
    {
        var owner = User ?? Environment.UserName;
        return Task.FromResult(
            !Host.Has("autopkgtest") || !Host.Has("autopkgtest-virt-unshare") ? "autopkgtest, or its server unshare, is missing; install the package autopkgtest (5.28 or later)."
            : !Host.Has("newuidmap") ? "newuidmap is missing; install the package uidmap."
            : !Host.HasSubordinateIds(owner) ? $"The user {owner} has no range of ids of his own; as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {owner}"
            : Testbeds().Count == 0 ? $"There is no testbed in {testbeds}; make one: ops/testbed SUITE ARCH {testbeds}"
            : null);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Testbed>> TestbedsAsync(CancellationToken ct) => Task.FromResult(Testbeds());

    /// <inheritdoc/>
    public Task PrepareAsync(Assignment run, AttemptFolder folder, CancellationToken ct) => File.Exists(Tarball(run))
        ? Task.CompletedTask
        : throw new NoTestbedException(
            $"There is no testbed {Tarball(run)} on this worker; make it with: ops/testbed {run.Suite} {run.Arch} {testbeds}");

    /// <inheritdoc/>
    public Command Test(Assignment run, AttemptFolder folder) =>
        Autopkgtest.For(run, folder, ["unshare", "--tarball", Tarball(run), "--prefix", Path.Combine(folder.Test, "testbed.")]);

    /// <inheritdoc/>
    public async Task RemoveAsync(AttemptFolder folder)
    {
        // In a namespace like the test's own, and as that user: what a test left cannot lead root astray.
        var left = Directory.Exists(folder.Test) ? Directory.GetFileSystemEntries(folder.Test) : [];
        if (left.Length > 0 && !(Environment.IsPrivilegedProcess && User is null))
            await new Command(["unshare", "--map-auto", "--map-root-user", "rm", "-rf", "--one-file-system", "--", .. left])
                .As(User).RunAsync(CancellationToken.None);
        await new Command(["rm", "-rf", "--", folder.Path]).RunAsync(CancellationToken.None);
    }

    private IReadOnlyList<Testbed> Testbeds() => Host.Testbeds(testbeds, ".tar");

    private string Tarball(Assignment run) => Path.Combine(testbeds, $"{run.Suite}-{run.Arch}.tar");
}
