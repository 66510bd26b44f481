using System.Globalization;
using Debci.Domain;
using Microsoft.Win32.SafeHandles;

namespace Debci.Api.Files.Disk;

/// <summary>
/// One writer at a time for the log of an attempt, among all processes that mount the folder: by locks of files (flock(2)), which end with whoever has them. The
/// files are few and stay: one for each attempt would be a hundred million, and one that is removed would be locked by one process while another makes it anew.
/// </summary>
/// <param name="layout">Where they are.</param>
internal sealed class LogLocks(FileLayout layout)
{
    private const int Files = 256;
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(20);

    /// <summary>Waits for the turn among processes; dispose of it. Turns within this one are <see cref="LogGates"/>'s, so that few wait here.</summary>
    public async Task<IDisposable> Take(RunKey run, int attempt, CancellationToken stop)
    {
        var path = PathOf((run.Id + attempt) % Files);
        for (var wait = TimeSpan.FromMilliseconds(1); ; wait = wait * 2 < Longest ? wait * 2 : Longest)
        {
            try
            {
                return Open(path);
            }
            catch (Exception missing) when (missing is DirectoryNotFoundException or FileNotFoundException)
            {
                MakeAll();
            }
            catch (IOException held) when (held.HResult == Posix.WouldBlock)
            {
                await Task.Delay(wait, stop);
            }
        }
    }

    // Whoever may read one may lock it, but on NFS, where it takes the right to write; it may be root's, who has copied files.
    private static SafeFileHandle Open(string path)
    {
        try
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
        catch (UnauthorizedAccessException)
        {
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.None);
        }
    }

    private void MakeAll()
    {
        Directory.CreateDirectory(layout.Locks);
        foreach (var path in Enumerable.Range(0, Files).Select(i => PathOf(i)))
        {
            try
            {
                File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write, FileShare.ReadWrite).Dispose();
            }
            catch (IOException) when (File.Exists(path))
            {
                // Another has made it, and may have locked it.
            }
        }
    }

    private string PathOf(long number) => Path.Combine(layout.Locks, number.ToString("x2", CultureInfo.InvariantCulture));
}
