using System.Globalization;
using System.Text;

namespace Debci.Api.Files;

/// <summary>
/// The log of one attempt on disk. <c>log.gz</c> holds whole gzip members, <c>log.index</c> where they end,
/// <c>log.tail.OFFSET</c> the plain bytes after them, <c>log.dropped</c> the count of what the cap took.
/// Nothing is remembered between calls, so that after a kill the next call goes on from what is on disk. The index is the truth:
/// bytes of log.gz beyond it and tails of another offset are what a crash left, and go.
/// One writer at a time (see <see cref="LogGates"/> and <see cref="Disk.LogLocks"/>); readers need no lock.
/// </summary>
internal sealed class LogFolder(string folder)
{
    /// <summary>Most plain bytes in a member, and so the most that a reader unpacks to see one line.</summary>
    public const int MemberSize = 1 << 20;

    private const string TailName = "log.tail.";

    private string IndexPath => Path.Combine(folder, "log.index");

    private string DroppedPath => Path.Combine(folder, "log.dropped");

    /// <summary>The members.</summary>
    public string GzipPath => Path.Combine(folder, StorePath.NameOf(RunFile.Log));

    /// <summary>The plain bytes that follow these members.</summary>
    public string TailPath(LogIndex index) =>
        Path.Combine(folder, TailName + index.Last.Plain.ToString(CultureInfo.InvariantCulture));

    /// <summary>What is there, for readers and writers.</summary>
    public LogState Look()
    {
        var index = LogIndex.Read(IndexPath);
        while (true)
        {
            if (LengthOf(TailPath(index)) is { } tail)
                return new LogState(index, tail, ReadDropped());
            // No tail: there is none yet, or it became a member since the index was read. A second look tells.
            var again = LogIndex.Read(IndexPath);
            if (again.Last == index.Last)
                return new LogState(again, 0, ReadDropped());
            index = again;
        }
    }

    /// <summary>What is there, for a writer: what a crash left half done is removed first.</summary>
    public LogState Mend()
    {
        var state = Look();
        if (state.IsFinished || !Directory.Exists(folder))
            return state;
        var gzip = LengthOf(GzipPath) ?? 0;
        if (gzip < state.Index.Last.Gzip)
        {
            state.Index.CutTo(IndexPath, gzip);
            state = Look();
        }
        if (gzip > state.Index.Last.Gzip)
            Cut(GzipPath, state.Index.Last.Gzip);
        DeleteTails(TailPath(state.Index));
        return state;
    }

    /// <summary>Adds plain bytes; each full mebibyte becomes a member.</summary>
    public LogState Append(LogState state, ReadOnlySpan<byte> bytes)
    {
        Directory.CreateDirectory(folder);
        while (true)
        {
            if (state.Tail >= MemberSize)
                state = Seal(state);
            if (bytes.IsEmpty)
                return state;
            var fits = (int)Math.Min(bytes.Length, MemberSize - state.Tail);
            WriteAt(TailPath(state.Index), state.Tail, bytes[..fits]);
            state = state with { Tail = state.Tail + fits };
            bytes = bytes[fits..];
        }
    }

    /// <summary>Counts bytes that are not kept.</summary>
    public LogState Drop(LogState state, long bytes)
    {
        var before = state.Dropped ?? new Dropped(state.Stored, 0);
        var now = before with { Bytes = before.Bytes + bytes };
        // Always 40 bytes in one write: a kill leaves the old count or the new one.
        WriteAt(DroppedPath, 0, Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{now.Kept:D19} {now.Bytes:D19}\n")));
        return state with { Dropped = now };
    }

    /// <summary>Compresses the rest, says what is missing, and closes the index. Repeated, it changes nothing.</summary>
    public LogState Finish(LogState state)
    {
        Directory.CreateDirectory(folder);
        if (!state.IsFinished)
        {
            if (state.Tail > 0)
                state = Seal(state);
            // A crash after this member leaves the index beyond what was kept: then the line is there already.
            if (state.Dropped is { } cut && state.Index.Last.Plain == cut.Kept)
                state = AddMember(state, Encoding.ASCII.GetBytes(LastLine(cut)));
            if (state.Index.Last.Gzip == 0)
                state = AddMember(state, []); // an empty file is not gzip; an empty member is
            state = state with { Index = state.Index.Close(IndexPath, state.Sent) };
        }
        DeleteTails("");
        File.Delete(DroppedPath);
        return state;
    }

    private LogState Seal(LogState state)
    {
        var old = TailPath(state.Index);
        state = AddMember(state, File.ReadAllBytes(old)) with { Tail = 0 };
        File.Delete(old);
        return state;
    }

    private LogState AddMember(LogState state, byte[] plain)
    {
        var (plainBefore, gzipBefore) = state.Index.Last;
        var member = LogMember.Pack(plain);
        WriteAt(GzipPath, gzipBefore, member.Span, toDisk: true); // before the line that names it
        var mark = new LogMark(plainBefore + plain.Length, gzipBefore + member.Length);
        return state with { Index = state.Index.Add(IndexPath, mark) };
    }

    private Dropped? ReadDropped()
    {
        if (!File.Exists(DroppedPath))
            return null;
        try
        {
            // Zeros that were never written through to disk read as no count: the worker is asked for those bytes again.
            var parts = File.ReadAllText(DroppedPath, Encoding.ASCII).Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
            return parts is [var kept, var bytes] && long.TryParse(kept, out var k) && long.TryParse(bytes, out var b)
                ? new Dropped(k, b)
                : null;
        }
        catch (FileNotFoundException)
        {
            return null; // the log was finished while a reader looked
        }
    }

    private void DeleteTails(string except)
    {
        foreach (var tail in Directory.EnumerateFiles(folder, TailName + "*").Where(path => path != except).ToList())
            File.Delete(tail);
    }

    /// <summary>What a log says that was cut.</summary>
    public static string LastLine(Dropped cut) => string.Create(CultureInfo.InvariantCulture,
        $"\n[debci] The log was cut here, after {cut.Kept} bytes; {cut.Bytes} more were dropped. Make the test print less.\n");

    private static long? LengthOf(string path) => new FileInfo(path) is { Exists: true } file ? file.Length : null;

    private static void Cut(string path, long length)
    {
        using var file = File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.SetLength(file, length);
    }

    private static void WriteAt(string path, long offset, ReadOnlySpan<byte> bytes, bool toDisk = false)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        RandomAccess.Write(file, bytes, offset);
        if (toDisk)
            RandomAccess.FlushToDisk(file);
    }
}
