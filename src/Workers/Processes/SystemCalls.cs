using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Debci.Workers.Processes;

/// <summary>The system calls that .NET does not offer, by their Linux manual pages.</summary>
internal static partial class SystemCalls
{
    private const int SigKill = 9;
    private const int SetChildSubreaper = 36; // PR_SET_CHILD_SUBREAPER
    private const int NoHang = 1; // WNOHANG
    private const int Exited = 4, NoWait = 0x0100_0000; // WEXITED, WNOWAIT
    private const int AnyChild = 0; // P_ALL
    // Read only, close on exec, never through a link, never waiting for the other end of a pipe (the same on all Linux architectures but NoFollow).
    private const int NonBlock = 0x800, CloseOnExec = 0x80000;
    private static readonly int NoFollow =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm or Architecture.Ppc64le ? 0x8000 : 0x20000;

    private const int AtWorkingDirectory = -100, AtLinkItself = 0x100, AtEmptyPath = 0x1000; // AT_FDCWD, AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH
    private const uint StatxType = 1;
    private const int TypeOfFile = 0xF000, RegularFile = 0x8000; // S_IFMT, S_IFREG

    /// <summary>From now on orphans among this process's descendants become its children, so that none can slip out of the tree.</summary>
    /// <returns>Whether the kernel agreed.</returns>
    public static bool AdoptOrphans() => Control(SetChildSubreaper, 1, 0, 0, 0) == 0;

    /// <summary>Ends a process at once; false when it is gone already or may not be ended by this user.</summary>
    public static bool Kill(int process) => SendSignal(process, SigKill) == 0;

    /// <summary>A dead child that nobody has waited for yet, and that stays so; null when there is none.</summary>
    public static int? DeadChild()
    {
        // waitid(2) fills siginfo_t, 128 bytes: si_pid stands behind three integers, where a pointer could stand; 0 when nobody is dead.
        Span<byte> information = stackalloc byte[128];
        information.Clear();
        return WaitFor(AnyChild, 0, ref MemoryMarshal.GetReference(information), NoHang | Exited | NoWait) == 0
            && BitConverter.ToInt32(information[(IntPtr.Size == 8 ? 16 : 12)..]) is not 0 and var child ? child : null;
    }

    /// <summary>Removes a dead child that nothing else waits for from the table of processes.</summary>
    public static void Reap(int child) => _ = Wait(child, out _, NoHang);

    /// <summary>
    /// Opens a plain file for reading; an invalid handle when it is something else, or cannot be opened. A device is never opened, since that alone
    /// can do something; and what was opened is looked at again, since it may be another by then.
    /// </summary>
    public static SafeFileHandle OpenPlainly(string path)
    {
        if (!IsPlain(AtWorkingDirectory, path, AtLinkItself))
            return new SafeFileHandle(-1, ownsHandle: true);
        var file = Open(path, NonBlock | CloseOnExec | NoFollow);
        if (file < 0 || IsPlain((int)file, "", AtEmptyPath))
            return new SafeFileHandle(file, ownsHandle: true);
        new SafeFileHandle(file, ownsHandle: true).Dispose();
        return new SafeFileHandle(-1, ownsHandle: true);
    }

    // statx(2) fills 256 bytes that look the same on all architectures: the mode is at 28.
    private static bool IsPlain(int folder, string path, int flags)
    {
        Span<byte> status = stackalloc byte[256];
        return Status(folder, path, flags, StatxType, ref MemoryMarshal.GetReference(status)) == 0
            && (BitConverter.ToUInt16(status[28..]) & TypeOfFile) == RegularFile;
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nuint a, nuint b, nuint c, nuint d);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid")]
    private static partial int Wait(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "waitid")]
    private static partial int WaitFor(int kind, int id, ref byte information, int options);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Status(int folder, string path, int flags, uint mask, ref byte status);
}
