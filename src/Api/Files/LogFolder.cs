using System.Globalization;
using System.IO.Compression;

namespace Debci.Api.Files;

/// <summary>
/// The log of one attempt on disk: <c>log.gz</c>, gzip members of 1 MiB of plain log each, so that any range is cheap to read and the
/// whole is an ordinary .gz; <c>log.index</c>, a line "plain end, gzip end" for each member; <c>log.tail.N</c>, the plain rest from byte N.
/// </summary>
/// <remarks>
/// The index is the truth. A member counts when its line is there; until then the tail holds the same bytes. So whatever is killed
/// between two writes leaves either the old state or the new one: a longer log.gz is cut back, and the right tail is the one
/// that begins where the index ends. Nothing is kept in memory between calls.
/// </remarks>
internal sealed class LogFolder
{
    public const int MemberBytes = 1 << 20;

    private readonly string folder;
    private readonly List<(long Plain, long Gzip)> ends = [];

    private LogFolder(string folder) => this.folder = folder;

    private string GzipPath => Path.Combine(folder, "log.gz");
    private string IndexPath => Path.Combine(folder, "log.index");
    private string SeenPath => Path.Combine(folder, "log.seen");
    private string TailPath => Path.Combine(folder, $"log.tail.{End.Plain}");
    private (long Plain, long Gzip) End => ends.Count == 0 ? (0, 0) : ends[^1];
    private long TailBytes => new FileInfo(TailPath) is { Exists: true } tail ? tail.Length : 0;

    /// <summary>How many bytes of the log are stored.</summary>
    public long Stored => End.Plain + TailBytes;

    /// <summary>How many bytes the worker has sent; more than are stored when the log is over its cap.</summary>
    public long Seen => Math.Max(Stored, File.Exists(SeenPath) ? long.Parse(File.ReadAllText(SeenPath), CultureInfo.InvariantCulture) : 0);

    /// <summary>The state on disk.</summary>
    public static LogFolder Load(string folder)
    {
        var log = new LogFolder(folder);
        if (!File.Exists(log.IndexPath))
            return log;
        var text = File.ReadAllText(log.IndexPath);
        foreach (var line in text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries)) // a half line does not count
        {
            var words = line.Split(' ');
            log.ends.Add((long.Parse(words[0], CultureInfo.InvariantCulture), long.Parse(words[1], CultureInfo.InvariantCulture)));
        }
        return log;
    }

    /// <summary>Adds plain bytes; full members are compressed as they fill.</summary>
    public void Add(ReadOnlySpan<byte> plain)
    {
        Directory.CreateDirectory(folder);
        while (plain.Length > 0)
        {
            var part = plain[..(int)Math.Min(plain.Length, MemberBytes - TailBytes)];
            using (var tail = new FileStream(TailPath, FileMode.Append))
                tail.Write(part);
            plain = plain[part.Length..];
            if (TailBytes >= MemberBytes)
                Seal();
        }
    }

    /// <summary>Counts bytes that are over the cap and not kept.</summary>
    public void NoteSeen(long seen)
    {
        var aside = SeenPath + ".new";
        File.WriteAllText(aside, seen.ToString(CultureInfo.InvariantCulture));
        File.Move(aside, SeenPath, overwrite: true);
    }

    /// <summary>Compresses the tail into a member.</summary>
    public void Seal()
    {
        var tail = TailPath;
        if (TailBytes == 0)
            return;
        var plain = File.ReadAllBytes(tail);
        using (var gzip = new FileStream(GzipPath, FileMode.OpenOrCreate))
        {
            gzip.SetLength(End.Gzip); // cuts off what a crash left behind the last line of the index
            gzip.Position = End.Gzip;
            using (var member = new GZipStream(gzip, CompressionLevel.Optimal, leaveOpen: true))
                member.Write(plain);
            gzip.Flush(flushToDisk: true);
            ends.Add((End.Plain + plain.Length, gzip.Length));
        }
        WriteIndex();
        File.Delete(tail);
    }

    /// <summary>Plain bytes from an offset on, at most <paramref name="most"/>; touches only the members that hold them.</summary>
    public byte[] Read(long offset, int most)
    {
        using var plain = new MemoryStream();
        for (var i = FirstMemberBehind(offset); i < ends.Count && plain.Length < most; i++)
        {
            var start = i == 0 ? (Plain: 0L, Gzip: 0L) : ends[i - 1];
            var member = Decompress(start.Gzip, ends[i].Gzip, (int)(ends[i].Plain - start.Plain));
            var skip = (int)Math.Max(0, offset - start.Plain);
            plain.Write(member, skip, (int)Math.Min(member.Length - skip, most - plain.Length));
        }
        if (plain.Length < most && File.Exists(TailPath))
            ReadTail(plain, Math.Max(0, offset - End.Plain), (int)(most - plain.Length));
        return plain.ToArray();
    }

    private int FirstMemberBehind(long offset)
    {
        var i = ends.FindIndex(e => e.Plain > offset);
        return i < 0 ? ends.Count : i;
    }

    private byte[] Decompress(long from, long to, int bytes)
    {
        using var file = new FileStream(GzipPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Position = from;
        var compressed = new byte[to - from];
        file.ReadExactly(compressed);
        using var gzip = new GZipStream(new MemoryStream(compressed), CompressionMode.Decompress);
        var plain = new byte[bytes];
        gzip.ReadExactly(plain);
        return plain;
    }

    private void ReadTail(MemoryStream into, long skip, int most)
    {
        using var tail = new FileStream(TailPath, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        if (skip >= tail.Length)
            return;
        tail.Position = skip;
        var part = new byte[Math.Min(most, tail.Length - skip)];
        into.Write(part, 0, tail.ReadAtLeast(part, part.Length, throwOnEndOfStream: false));
    }

    // Written whole and renamed: 20 bytes for each MiB of log, and never half a line.
    private void WriteIndex()
    {
        var aside = IndexPath + ".new";
        using (var index = new FileStream(aside, FileMode.Create))
        {
            index.Write(System.Text.Encoding.ASCII.GetBytes(string.Concat(ends.Select(e => $"{e.Plain} {e.Gzip}\n"))));
            index.Flush(flushToDisk: true);
        }
        File.Move(aside, IndexPath, overwrite: true);
    }
}
