using System.Globalization;
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

/// <summary>
/// Where the files of runs are: <c>autopkgtest/SUITE/ARCH/PREFIX/PACKAGE/RUN/</c> for what a run shows in the end,
/// and <c>attempts/N/</c> under it for each attempt. Every part is checked, whoever made the key: no path leads out of the root.
/// </summary>
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

    /// <summary>The folder of a run.</summary>
    /// <exception cref="RefusedException">A part of the key is not fit for a path.</exception>
    public string OfRun(RunKey run)
    {
        Require(Names.IsWord(run.Suite), "suite", run.Suite);
        Require(Names.IsWord(run.Arch), "architecture", run.Arch);
        Require(Names.IsPackage(run.Package), "source package", run.Package);
        Require(run.Id > 0, "run", Number(run.Id));
        return Path.Combine([Root, "autopkgtest", run.Suite, run.Arch, Names.Prefix(run.Package), run.Package, Number(run.Id)]);
    }

    /// <summary>The folder of one attempt at a run.</summary>
    /// <exception cref="RefusedException">A part of the key is not fit for a path.</exception>
    public string OfAttempt(RunKey run, int attempt)
    {
        Require(attempt > 0, "attempt", Number(attempt));
        return Path.Combine(OfRun(run), "attempts", Number(attempt));
    }

    /// <summary>The name of a file in either folder: debci's names.</summary>
    public static string NameOf(RunFile file) => file switch
    {
        RunFile.Log => "log.gz",
        RunFile.Artifacts => "artifacts.tar.gz",
        RunFile.Summary => "summary",
        RunFile.TestbedPackages => "testbed-packages",
    };

    /// <summary>Makes the entries of a folder, and of those above it up to the root, outlast a power cut.</summary>
    internal void Sync(string folder)
    {
        for (var each = folder; each?.Length >= Root.Length; each = Path.GetDirectoryName(each))
            Posix.SyncFolder(each);
    }

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static void Require(bool holds, string what, string value)
    {
        if (!holds)
            throw new RefusedException(RefusalCode.Invalid,
                $"{StoredText.Quote(value)} is no {what}; files are kept under names by Debian's rules.");
    }
}
