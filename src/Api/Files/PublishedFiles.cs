using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>What a run shows at its own address: the files of the attempt that decided it.</summary>
/// <param name="store">Where they are.</param>
/// <param name="logs">Finishes the log before it is shown.</param>
public sealed class PublishedFiles(IFileStore store, LogStore logs)
{
    private static readonly string[] ShownNames = [.. Enum.GetValues<RunFile>().Select(StorePath.NameOf)];

    /// <summary>
    /// Makes the files of an attempt stand at the run's address; a file that the attempt does not have is not there. Each changes at once.
    /// Repeated, also after a crash half-way, it comes to the same.
    /// </summary>
    public async Task Publish(RunKey run, int attempt, CancellationToken stop)
    {
        await logs.Finish(run, attempt, stop);
        await store.Show(StorePath.OfAttempt(run, attempt), StorePath.OfRun(run), ShownNames, stop);
    }

    /// <summary>A file of a run that was published; null when there is none.</summary>
    public Task<StoredFile?> Find(RunKey run, RunFile file, CancellationToken stop) => store.Find(StorePath.Of(run, file), stop);

    /// <summary>
    /// A file of one attempt; null when there is none. A log that still grows lacks its newest part here: see <see cref="LogStore.Read"/>.
    /// </summary>
    public Task<StoredFile?> FindOfAttempt(RunKey run, int attempt, RunFile file, CancellationToken stop) => store.Find(StorePath.Of(run, attempt, file), stop);
}
