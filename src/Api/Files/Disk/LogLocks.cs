using System.Globalization;
using Debci.Domain;

namespace Debci.Api.Files.Disk;

/// <summary>
/// One writer at a time for the log of an attempt, among all processes that mount the folder: by locks of files (flock(2)), which end with whoever has them. The
/// files are few and stay: one for each attempt would be a hundred million, and one that is removed would be locked by one process while another makes it anew.
/// </summary>
/// <param name="layout">Where they are.</param>
internal sealed class LogLocks(FileLayout layout)
{
    private const int Files = 256;
    private const int WouldBlock = 11; // EWOULDBLOCK, which .NET hands through
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for the turn among processes; dispose of it. Turns within this one are <see cref="LogGates"/>'s, so that few wait here.</summary>
    public async Task<IDisposable> Take(RunKey run, int attempt, CancellationToken stop)
    {
        var path = Path.Combine(layout.Locks, ((run.Id + attempt) % Files).ToString("x2", CultureInfo.InvariantCulture));
        for (var wait = TimeSpan.FromMilliseconds(1); ; wait = wait * 2 < Longest ? wait * 2 : Longest)
        {
            try
            {
                return File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (DirectoryNotFoundException)
            {
                Directory.CreateDirectory(layout.Locks);
            }
            catch (IOException held) when (held.HResult == WouldBlock)
            {
                await Task.Delay(wait, stop);
            }
        }
    }
}
