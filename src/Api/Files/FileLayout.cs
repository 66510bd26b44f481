using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>The files that an attempt leaves, and that a finished run shows at its own address.</summary>
public enum RunFile
{
    /// <summary>The log, <c>log.gz</c>.</summary>
    Log,
    /// <summary>autopkgtest's output directory, <c>artifacts.tar.gz</c>.</summary>
    Artifacts,
    /// <summary>autopkgtest's <c>summary</c>.</summary>
    Summary,
    /// <summary>autopkgtest's <c>testbed-packages</c>.</summary>
    TestbedPackages,
}

/// <summary>The folder of this server: where files are when the file system keeps them, and where bodies are until they are whole in any case.</summary>
/// <param name="root">The folder that holds everything; one file system, with hard links.</param>
public sealed class FileLayout(string root)
{
    /// <summary>The folder that holds everything, as a full path.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>
    /// Where bodies are written until they are whole. One folder for all, so that what a crash left is found
    /// without a walk over millions of runs.
    /// </summary>
    public string Aside => Path.Combine(Root, ".aside");

    /// <summary>Where files are that are there to be locked (<see cref="Disk.LogLocks"/>); some hundreds, all empty.</summary>
    public string Locks => Path.Combine(Root, ".locks");

    /// <summary>Where an address of <see cref="StorePath"/> is.</summary>
    public string At(string path) => Path.Combine(Root, path);

    /// <summary>The folder of a run.</summary>
    /// <exception cref="RefusedException">A part of the key is not fit for a path.</exception>
    public string OfRun(RunKey run) => At(StorePath.OfRun(run));

    /// <summary>The folder of one attempt at a run.</summary>
    /// <exception cref="RefusedException">A part of the key is not fit for a path.</exception>
    public string OfAttempt(RunKey run, int attempt) => At(StorePath.OfAttempt(run, attempt));

    /// <summary>Makes the entries of a folder, and of those above it up to the root, outlast a power cut.</summary>
    internal void Sync(string folder)
    {
        for (var each = folder; each?.Length >= Root.Length; each = Path.GetDirectoryName(each))
            Posix.SyncFolder(each);
    }
}
