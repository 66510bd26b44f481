using Debci.Workers.Attempts;

namespace Debci.Workers.Backends;

/// <summary>
/// Has the testbed take its packages from the suite's own archive, where the server names one. Files are copied in, since that is the first thing
/// that autopkgtest does: its commands for a testbed come behind its own look at the sources, and behind apt's update.
/// </summary>
/// <param name="run">The run.</param>
/// <param name="folder">Its folder, in which the files are made.</param>
internal sealed class TestbedSources(Assignment run, AttemptFolder folder)
{
    // The lines in the one place that every testbed has, and nothing in the file that images of Debian 13 and later have in its stead.
    private const string List = "/etc/apt/sources.list";
    private const string Stanzas = "/etc/apt/sources.list.d/debian.sources";

    private string ListFile => Path.Combine(folder.Test, "sources.list");
    private string StanzasFile => Path.Combine(folder.Test, "debian.sources");

    // A keyring that this host has is brought along, to a place that every testbed has; else the testbed has it itself.
    private string? Brought => File.Exists(run.Archive?.Keyring) ? run.Archive.Keyring : null;

    // apt tells the two forms of a keyring apart by the name's end.
    private string KeyringInside => Brought!.EndsWith(".asc", StringComparison.Ordinal) ? "/etc/apt/debci.asc" : "/etc/apt/debci.gpg";

    /// <summary>autopkgtest's arguments for it; none where the testbed has its sources already.</summary>
    public IEnumerable<string> Arguments => run.Archive is null ? []
        : [$"--copy={ListFile}:{List}", $"--copy={StanzasFile}:{Stanzas}", .. Brought is null ? [] : new[] { $"--copy={Brought}:{KeyringInside}" }];

    /// <summary>Makes the files.</summary>
    public void Write()
    {
        if (run.Archive is not { } archive)
            return;
        var inside = Brought is null ? archive : archive with { Keyring = KeyringInside };
        File.WriteAllLines(ListFile, inside.Lines(run.Suite));
        File.WriteAllText(StanzasFile, "");
    }
}
