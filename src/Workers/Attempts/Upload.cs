using Debci.Workers.Processes;
using Debci.Workers.Server;

namespace Debci.Workers.Attempts;

/// <summary>Sends the files that autopkgtest left. A file that the server will not have (too large, say) is left out: the result still counts.</summary>
internal sealed class Upload(Assignment run, AttemptFolder folder, ServerCalls server, Pauses pauses, Journal journal)
{
    /// <summary>The size that debci caps artifacts at, and so the protocol.</summary>
    public const long LargestArchive = 100_000_000;
    private const int LargestText = 4 << 20;
    private readonly AttemptId id = run.Id;

    /// <summary>Sends <c>testbed-packages</c> and the archive of the output directory, each as often as needed.</summary>
    public async Task SendAsync(CancellationToken ct)
    {
        await PutAsync("testbed-packages", () => PlainFile.TryOpen(Path.Combine(folder.Output, "testbed-packages")), ct);
        var archive = Path.Combine(folder.Own, "artifacts.tar.gz");
        if (await OutputArchive.PackAsync(folder.Output, archive, LargestArchive, ct))
        {
            if (!run.DirectUploads || !await new DirectUpload(id, server, journal).TryAsync(archive, ct))
                await PutAsync("artifacts", () => File.OpenRead(archive), ct);
        }
        else
            journal.Say($"The files of run {id.Run} are too large to be sent, even without what its tests made.");
    }

    /// <summary>A text file of the output directory; empty when there is none.</summary>
    public static string Text(AttemptFolder folder, string name) => PlainFile.Text(Path.Combine(folder.Output, name), LargestText);

    private async Task PutAsync(string name, Func<FileStream?> open, CancellationToken ct)
    {
        try
        {
            await pauses.UntilAnsweredAsync(c => TryPutAsync(name, open, c), ct);
        }
        catch (ServerRefusedException refused) when (refused.BadContent)
        {
            journal.Say($"Run {id.Run} goes without its {name}. {refused.Message}");
        }
    }

    private async Task<bool> TryPutAsync(string name, Func<FileStream?> open, CancellationToken ct)
    {
        await using var file = open();
        if (file is null)
            return false;
        await server.PutAsync(id, name, file, ct);
        return true;
    }
}
