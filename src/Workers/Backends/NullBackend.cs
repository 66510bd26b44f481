using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>
/// autopkgtest's null server: the machine itself is the testbed. DANGEROUS: tests install packages into it and may destroy it.
/// Only for a machine that is thrown away after each run; offered only where it is named on the command line.
/// </summary>
/// <param name="user">Who runs autopkgtest; null for the worker's own user.</param>
internal sealed class NullBackend(string? user) : IBackend
{
    /// <inheritdoc/>
    public string Name => "null";

    /// <inheritdoc/>
    public string? User { get; } = user;

    /// <inheritdoc/>
    public string? Caution => "Its tests run on this very machine, and may destroy it.";

    /// <inheritdoc/>
    public Task<string?> ObstacleAsync(CancellationToken ct) =>
        Task.FromResult(Host.Has("autopkgtest") ? null : "autopkgtest is missing; install the package of that name.");

    /// <inheritdoc/>
    public Task<IReadOnlyList<Testbed>> TestbedsAsync(CancellationToken ct) => Task.FromResult<IReadOnlyList<Testbed>>([]);

    /// <inheritdoc/>
    public Task PrepareAsync(Assignment run, AttemptFolder folder, CancellationToken ct) => Task.CompletedTask;

    /// <inheritdoc/>
    public Command Test(Assignment run, AttemptFolder folder) => Autopkgtest.For(run, folder, ["null"]);

    /// <inheritdoc/>
    public Task RemoveAsync(AttemptFolder folder) => new Command(["rm", "-rf", "--", folder.Path]).RunAsync(CancellationToken.None);
}
