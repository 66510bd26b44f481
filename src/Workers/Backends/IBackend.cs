using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>
/// Where tests run. The life of one attempt on a backend:
/// 1. <see cref="PrepareAsync"/>: everything the test needs is there, or there is no testbed;
/// 2. <see cref="Test"/>: what to start, once, with the attempt's output directory; the worker runs it and ends it;
/// 3. <see cref="RemoveAsync"/>: always, in every outcome, also when 1 failed, after all of the test's processes are gone.
/// Removing is also asked for folders of an earlier worker that was killed, so it depends on nothing but the folder.
/// Before the first claim it is asked for its <see cref="ObstacleAsync"/>, and between runs, by the clock, for its
/// <see cref="TestbedsAsync"/>, which are then made anew where they are too old (<see cref="TestbedMaker"/>).
/// </summary>
internal interface IBackend
{
    /// <summary>The name in the protocol, such as <c>unshare</c>.</summary>
    string Name { get; }

    /// <summary>The user that tests run as; null for the worker's own.</summary>
    string? User { get; }

    /// <summary>What an operator should know of it although it runs, in a sentence; null for nothing.</summary>
    string? Caution => null;

    /// <summary>Why nothing can run on it on this host, in a sentence that tells what to do; null when something can.</summary>
    Task<string?> ObstacleAsync(CancellationToken ct);

    /// <summary>The testbeds that there are, by suite and architecture; none where a backend has no such thing.</summary>
    /// <exception cref="CommandFailedException">They cannot be listed.</exception>
    Task<IReadOnlyList<Testbed>> TestbedsAsync(CancellationToken ct);

    /// <summary>Sees to it that there is a testbed for the run. The folder is made already.</summary>
    /// <exception cref="NoTestbedException">There is none; the sentence goes into the run's log.</exception>
    Task PrepareAsync(Assignment run, AttemptFolder folder, CancellationToken ct);

    /// <summary>The test's first process: autopkgtest, or what acts like it.</summary>
    Command Test(Assignment run, AttemptFolder folder);

    /// <summary>Removes what the test left, whoever owns it.</summary>
    Task RemoveAsync(AttemptFolder folder);
}

/// <summary>A testbed that a host has.</summary>
/// <param name="Suite">Its suite.</param>
/// <param name="Arch">Its Debian architecture, which may be another than the host's.</param>
internal sealed record Testbed(string Suite, string Arch)
{
    /// <summary>Reads <c>SUITE-ARCH</c>; null when that is no testbed's name. A suite may have a dash, an architecture too (<c>kfreebsd-amd64</c>): the last part counts.</summary>
    public static Testbed? Read(string name) => name.LastIndexOf('-') is > 0 and var dash && dash < name.Length - 1
        && Domain.Names.IsWord(name[..dash]) && Domain.Names.IsWord(name[(dash + 1)..]) ? new Testbed(name[..dash], name[(dash + 1)..]) : null;
}

/// <summary>There is no testbed for a run: its outcome is a testbed failure, which says nothing about the package.</summary>
internal sealed class NoTestbedException(string sentence) : Exception(sentence);
