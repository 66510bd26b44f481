using System.Globalization;
using Debci.Domain;
using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers.Backends;

/// <summary>autopkgtest's command line (autopkgtest(1)), as debci writes it, for 5.28 and later.</summary>
internal static class Autopkgtest
{
    /// <summary>The command for a run on a virtualisation server.</summary>
    /// <param name="run">What to test.</param>
    /// <param name="folder">Where the output directory goes.</param>
    /// <param name="server">The virtualisation server and its own arguments.</param>
    public static Command For(Assignment run, AttemptFolder folder, IReadOnlyList<string> server) => new(
    [
        "autopkgtest", "--no-built-binaries", "--apt-upgrade", $"--output-dir={folder.Output}",
        .. new TestbedSources(run, folder).Arguments,
        .. run.Pins.Select(p => $"--pin-packages={p}"),
        .. run.ExtraSources.Select(s => $"--add-apt-source={s}"),
        .. PinnedSuites(run).Select(s => $"--add-apt-release={s}"),
        .. run.TimeoutFactor == 1 ? (string[])[] : [string.Create(CultureInfo.InvariantCulture, $"--timeout-factor={run.TimeoutFactor}")],
        $"--env=ADT_TEST_TRIGGERS={string.Join(' ', run.Triggers)}",
        run.Package, "--", .. server,
    ]);

    // A request that names extra sources brings the pinned suite with them; else the testbed has to learn of it.
    private static IEnumerable<string> PinnedSuites(Assignment run) => run.ExtraSources.Count > 0
        ? []
        : run.Pins.Select((Pin p) => p.Suite).Where(s => s != run.Suite).Distinct();
}
