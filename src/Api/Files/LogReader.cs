namespace Debci.Api.Files;

/// <summary>Reads ranges of a log, finished or growing, without a lock and without unpacking what lies before them.</summary>
internal static class LogReader
{
    /// <summary>The plain bytes from an offset on; fewer than <paramref name="most"/> at the end of what is stored.</summary>
    public static byte[] Read(LogFolder folder, long from, int most)
    {
        while (true)
        {
            var state = folder.Look();
            var length = Math.Clamp(state.Stored - from, 0, most);
            var bytes = new byte[length];
            var packed = (int)Math.Clamp(state.Index.Last.Plain - from, 0, length);
            ReadMembers(folder, state.Index, from, bytes.AsSpan(0, packed));
            if (ReadTail(folder, state.Index, from + packed, bytes.AsSpan(packed)))
                return bytes;
        }
    }

    private static void ReadMembers(LogFolder folder, LogIndex index, long from, Span<byte> wanted)
    {
        if (wanted.IsEmpty)
            return;
        using var file = File.OpenHandle(folder.GzipPath, share: FileShare.ReadWrite | FileShare.Delete);
        for (var member = index.MemberWith(from); !wanted.IsEmpty; member++)
        {
            var (begin, end) = (index.Marks[member], index.Marks[member + 1]);
            var here = (int)Math.Min(wanted.Length, end.Plain - from);
            LogMember.Unpack(file, begin, end, (int)(from - begin.Plain), wanted[..here]);
            wanted = wanted[here..];
            from += here;
        }
    }

    /// <summary>False when the tail became a member since the index was read: look again.</summary>
    private static bool ReadTail(LogFolder folder, LogIndex index, long from, Span<byte> wanted)
    {
        if (wanted.IsEmpty)
            return true;
        try
        {
            using var file = File.OpenHandle(folder.TailPath(index), share: FileShare.ReadWrite | FileShare.Delete);
            return RandomAccess.Read(file, wanted, from - index.Last.Plain) == wanted.Length;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
    }
}
