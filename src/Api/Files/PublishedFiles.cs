using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>A file to serve; the web server can give ranges of it.</summary>
/// <param name="Path">Full path.</param>
/// <param name="Length">Bytes.</param>
/// <param name="LastModified">When it was last written.</param>
public sealed record ServedFile(string Path, long Length, DateTimeOffset LastModified);

/// <summary>What a run shows at its own address: the files of the attempt that decided it.</summary>
/// <param name="layout">Where they are.</param>
/// <param name="aside">Where new names are made before they replace old ones.</param>
/// <param name="logs">Finishes the log before it is shown.</param>
public sealed class PublishedFiles(FileLayout layout, AsideFolder aside, LogStore logs)
{
    /// <summary>
    /// Makes the files of an attempt stand at the run's address, as second names of the same files; a file that the attempt
    /// does not have is not there. Each changes at once. Repeated, also after a crash half-way, it comes to the same.
    /// </summary>
    public async Task Publish(RunKey run, int attempt, CancellationToken stop)
    {
        await logs.Finish(run, attempt, stop);
        var (from, to) = (layout.OfAttempt(run, attempt), layout.OfRun(run));
        foreach (var name in Enum.GetValues<RunFile>().Select(FileLayout.NameOf))
            Show(Path.Combine(from, name), Path.Combine(to, name));
        layout.Sync(to);
    }

    /// <summary>A file of a run that was published; null when there is none.</summary>
    public ServedFile? Open(RunKey run, RunFile file) => Open(layout.OfRun(run), file);

    /// <summary>
    /// A file of one attempt; null when there is none. A log that still grows lacks its newest part here: see <see cref="LogStore.Read"/>.
    /// </summary>
    public ServedFile? OpenAttempt(RunKey run, int attempt, RunFile file) => Open(layout.OfAttempt(run, attempt), file);

    private void Show(string from, string to)
    {
        if (!File.Exists(from))
        {
            File.Delete(to);
            return;
        }
        using var name = aside.New(); // rename() of two names of one file does nothing: then this one is dropped here
        Posix.Link(from, name.Path);
        Posix.Rename(name.Path, to);
    }

    private static ServedFile? Open(string folder, RunFile file) =>
        new FileInfo(Path.Combine(folder, FileLayout.NameOf(file))) is { Exists: true } found
            ? new ServedFile(found.FullName, found.Length, found.LastWriteTimeUtc)
            : null;
}
