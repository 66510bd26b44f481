using System.Globalization;
using System.Runtime.InteropServices;

namespace Debci.Api.Files;

/// <summary>The calls of POSIX that .NET does not offer, or offers with a silent copy in the place of a failure.</summary>
internal static class Posix
{
    /// <summary>EWOULDBLOCK: the <see cref="Exception.HResult"/> of opening a file that somebody else has locked; .NET has no name for it.</summary>
    public const int WouldBlock = 11;

    private const int ReadOnly = 0;
    private const int Here = -100;
    private const int NoFollow = 0x100;
    private const uint WantType = 1;
    private const int TypeMask = 0xF000;
    private const int TypeRegular = 0x8000;
    private const int Nice = 10; // a tenth of what another gets, where both want all

    /// <summary>A second name for a file, on the same file system.</summary>
    public static void Link(string existing, string added) => Check(link(existing, added), $"link {added} to {existing}");

    /// <summary>Replaces at once. Unlike File.Move it never copies to another file system, which a crash could cut short.</summary>
    public static void Rename(string from, string to) => Check(rename(from, to), $"rename {from} to {to}");

    /// <summary>Whether there is a file of bytes at a path: no link, pipe, socket or device, for which .NET has no word.</summary>
    public static bool IsPlainFile(string path)
    {
        var status = new byte[256]; // struct statx, the same on all architectures: its 16 bits of mode stand at 28
        return statx(Here, path, NoFollow, WantType, status) == 0 && (BitConverter.ToUInt16(status, 28) & TypeMask) == TypeRegular;
    }

    /// <summary>Waits until new, renamed and deleted entries of a folder are on disk.</summary>
    public static void SyncFolder(string folder)
    {
        var descriptor = open(folder, ReadOnly);
        Check(descriptor, $"open {folder}");
        try
        {
            Check(fsync(descriptor), $"fsync {folder}");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    /// <summary>Waits until all that was written to a folder's file system is on disk; for many files that is one wait, and not one for each.</summary>
    public static void SyncAll(string folder)
    {
        var descriptor = open(folder, ReadOnly);
        Check(descriptor, $"open {folder}");
        try
        {
            Check(syncfs(descriptor), $"sync {folder}");
        }
        finally
        {
            _ = close(descriptor);
        }
    }

    /// <summary>Has this process give way to others that want the processor. On Linux that is each thread's own matter, and handed on to those that it starts.</summary>
    public static void GiveWay()
    {
        foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
            _ = setpriority(0, int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture), Nice); // one that has ended meanwhile is no harm
    }

    private static void Check(int answer, string what)
    {
        if (answer < 0)
        {
            var reason = Marshal.GetLastPInvokeErrorMessage();
            throw new IOException($"Cannot {what}: {reason}. The files of runs need one local file system with hard links.");
        }
    }

#pragma warning disable IDE1006, SYSLIB1054 // libc's own names; generated marshalling would need unsafe code
    [DllImport("libc", SetLastError = true)]
    private static extern int link([MarshalAs(UnmanagedType.LPUTF8Str)] string existing, [MarshalAs(UnmanagedType.LPUTF8Str)] string added);

    [DllImport("libc", SetLastError = true)]
    private static extern int rename([MarshalAs(UnmanagedType.LPUTF8Str)] string from, [MarshalAs(UnmanagedType.LPUTF8Str)] string to);

    [DllImport("libc", SetLastError = true)]
    private static extern int open([MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int statx(int folder, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, int flags, uint mask, byte[] status);

    [DllImport("libc", SetLastError = true)]
    private static extern int fsync(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int syncfs(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int close(int descriptor);

    [DllImport("libc", SetLastError = true)]
    private static extern int setpriority(int which, int who, int nice);
#pragma warning restore IDE1006, SYSLIB1054
}
