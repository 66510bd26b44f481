using Debci.Domain;
using Debci.Workers.Backends;
using Debci.Workers.Attempts;
using Debci.Workers.Processes;

namespace Debci.Workers;

/// <summary>The worker's own directory, with the files of the run at hand. It belongs to one worker at a time.</summary>
internal sealed class StateDirectory : IDisposable
{
    private readonly FileStream mine;

    private StateDirectory(string path, FileStream mine) => (Runs, this.mine) = (Path.Combine(path, "runs"), mine);

    /// <summary>The folders of attempts are below this one.</summary>
    public string Runs { get; }

    /// <summary>Takes the directory, and makes it where needed.</summary>
    /// <exception cref="RefusedException">Another worker has it, or it cannot be written.</exception>
    public static StateDirectory Take(string path)
    {
        try
        {
            Directory.CreateDirectory(Path.Combine(path, "runs"));
            return new StateDirectory(path, new FileStream(Path.Combine(path, "lock"), FileMode.OpenOrCreate, FileAccess.Write, FileShare.None));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new RefusedException(RefusalCode.Invalid,
                $"The state directory {path} cannot be used ({error.Message}); give each worker on this machine its own with --state.");
        }
    }

    /// <summary>Ends what an earlier worker left running in this directory, and removes its files: their leases have another owner by now, or expire.</summary>
    public async Task CleanAsync(IReadOnlyList<IBackend> backends, Journal journal)
    {
        await new ProcessTree(AttemptFolder.VariableOfAll(Runs), all: false).KillAsync(root: null);
        foreach (var folder in Directory.EnumerateDirectories(Runs))
        {
            journal.Say($"Removing what an earlier run left: {folder}");
            // Any of them could have made it, and each ends what it knows of; the one whose files belong to ids of a range comes first.
            foreach (var backend in backends.OrderBy(b => b is UnshareBackend ? 0 : 1))
                await backend.RemoveAsync(new AttemptFolder(folder));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => mine.Dispose();
}
