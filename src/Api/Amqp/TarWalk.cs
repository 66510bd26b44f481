using System.Formats.Tar;
using System.Globalization;
using System.Text;
using Debci.Domain;

namespace Debci.Api.Amqp;

/// <summary>What stands in a tar.</summary>
/// <param name="Name">Its path, as written: whoever uses it checks it.</param>
/// <param name="Type">A file, a folder, a link or a device.</param>
/// <param name="Size">Bytes of a file.</param>
/// <param name="Link">Where a link leads.</param>
/// <param name="Modified">When it was changed.</param>
internal sealed record TarItem(string Name, TarEntryType Type, long Size, string Link, DateTimeOffset Modified);

/// <summary>
/// Walks through a tar that somebody else has made, in bounded memory whatever its headers claim (System.Formats.Tar takes as much memory
/// as an extended header says it is long). Reads what GNU tar and Python write: ustar, long names of GNU's and of pax.
/// </summary>
/// <param name="plain">The tar, unpacked; read once.</param>
/// <param name="mostBytes">Most bytes in all.</param>
/// <param name="mostItems">Most items.</param>
internal sealed class TarWalk(Stream plain, long mostBytes, int mostItems)
{
    private const int Block = 512;
    private const int MostNameBytes = 64 << 10;
    private readonly byte[] header = new byte[Block];
    private long bytes;
    private long left; // of the current item, with what fills its last block
    private int items;

    /// <summary>The next item; null at the end. What was not read of the one before is passed over.</summary>
    /// <exception cref="RefusedException">It is cut, no tar, or larger than it may be.</exception>
    public async Task<TarItem?> Next(CancellationToken stop)
    {
        string? longName = null, longLink = null;
        while (true)
        {
            await Skip(stop);
            await Fill(header, stop);
            if (header.All(b => b == 0))
                return null;
            if (++items > mostItems)
                throw new RefusedException(RefusalCode.TooLarge, $"The tar has more than {mostItems} items.");
            var (type, size) = ((char)header[156], Number(124, 12));
            left = Padded(size);
            if (bytes + left > mostBytes)
                throw TooLarge();
            switch (type)
            {
                case 'L': longName = Cut(await Bytes(size, MostNameBytes, "a name", stop)); break;
                case 'K': longLink = Cut(await Bytes(size, MostNameBytes, "a link", stop)); break;
                case 'x': ReadPax(await Bytes(size, MostNameBytes, "an extended header", stop), ref longName, ref longLink); break;
                default: return Item(type, size, longName, longLink);
            }
        }
    }

    /// <summary>The current item's content, whole.</summary>
    /// <param name="size">Its size.</param>
    /// <param name="most">Most bytes that it may have.</param>
    /// <param name="what">What it is, for the refusal.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="RefusedException">It is larger, or cut.</exception>
    public async Task<byte[]> Bytes(long size, int most, string what, CancellationToken stop)
    {
        if (size > most)
            throw new RefusedException(RefusalCode.TooLarge, $"In the tar {what} has {size} bytes; at most {most} are taken.");
        var content = new byte[size];
        await Fill(content, stop);
        left -= size;
        return content;
    }

    /// <summary>Copies the current item's content.</summary>
    public async Task CopyTo(Stream target, long size, CancellationToken stop)
    {
        var piece = new byte[80 << 10];
        for (var rest = size; rest > 0;)
        {
            var some = piece.AsMemory(0, (int)Math.Min(rest, piece.Length));
            await Fill(some, stop);
            await target.WriteAsync(some, stop);
            (rest, left) = (rest - some.Length, left - some.Length);
        }
    }

    private TarItem Item(char type, long size, string? longName, string? longLink)
    {
        var ustar = Text(257, 6) is "ustar";
        var name = longName ?? (ustar && Text(345, 155) is { Length: > 0 } prefix ? $"{prefix}/{Text(0, 100)}" : Text(0, 100));
        var kind = type switch
        {
            '\0' or '0' => TarEntryType.RegularFile,
            '5' => TarEntryType.Directory,
            '2' => TarEntryType.SymbolicLink,
            '1' => TarEntryType.HardLink,
            '3' => TarEntryType.CharacterDevice,
            '4' => TarEntryType.BlockDevice,
            '6' => TarEntryType.Fifo,
            _ => throw new RefusedException(RefusalCode.Invalid, $"The tar has an item of the kind {StoredText.Quote($"{type}")}, which is not taken."),
        };
        return new TarItem(name, kind, size, longLink ?? Text(157, 100), Time(Number(136, 12)));
    }

    private static DateTimeOffset Time(long seconds) => seconds is >= 0 and < 253_402_300_800 ? DateTimeOffset.FromUnixTimeSeconds(seconds) : DateTimeOffset.UnixEpoch;

    private async Task Skip(CancellationToken stop)
    {
        var piece = new byte[80 << 10];
        while (left > 0)
        {
            var some = piece.AsMemory(0, (int)Math.Min(left, piece.Length));
            await Fill(some, stop);
            left -= some.Length;
        }
    }

    private async Task Fill(Memory<byte> target, CancellationToken stop)
    {
        bytes += target.Length;
        if (bytes > mostBytes)
            throw TooLarge();
        try
        {
            await plain.ReadExactlyAsync(target, stop);
        }
        catch (Exception broken) when (broken is EndOfStreamException or InvalidDataException)
        {
            throw new RefusedException(RefusalCode.Invalid, "This is no whole gzipped tar: it is cut, damaged or something else.");
        }
    }

    private RefusedException TooLarge() => new(RefusalCode.TooLarge, $"Unpacked this has more than {mostBytes} bytes.");

    // Octal digits; GNU's binary form is for what is larger than anything taken here.
    private long Number(int at, int length)
    {
        var text = Text(at, length).Trim();
        if (text.Length == 0)
            return 0;
        try
        {
            return header[at] >= 0x80 ? throw new FormatException() : Convert.ToInt64(text, 8) is var number and >= 0 ? number : throw new FormatException();
        }
        catch (Exception bad) when (bad is FormatException or OverflowException or ArgumentException)
        {
            throw new RefusedException(RefusalCode.Invalid, "The tar has a header with a number that cannot be read.");
        }
    }

    private string Text(int at, int length) => Cut(header.AsSpan(at, length));

    private static string Cut(ReadOnlySpan<byte> text) => Encoding.UTF8.GetString(text.IndexOf((byte)0) is >= 0 and var end ? text[..end] : text);

    private static long Padded(long size) => (size + Block - 1) / Block * Block;

    // "27 path=some/where\n", each with its own length before it (pax(1)). A size of its own would make what follows mean something else.
    private static void ReadPax(byte[] records, ref string? name, ref string? link)
    {
        for (var rest = records.AsSpan(); rest.Length > 0;)
        {
            var blank = rest.IndexOf((byte)' ');
            if (blank <= 0 || !int.TryParse(rest[..blank], NumberStyles.None, CultureInfo.InvariantCulture, out var length) || length <= blank + 1 || length > rest.Length)
                throw new RefusedException(RefusalCode.Invalid, "The tar has an extended header that cannot be read.");
            var record = Encoding.UTF8.GetString(rest[(blank + 1)..(length - 1)]);
            rest = rest[length..];
            var (key, value) = record.IndexOf('=', StringComparison.Ordinal) is >= 0 and var equal ? (record[..equal], record[(equal + 1)..]) : (record, "");
            if (key is "size" || key.StartsWith("GNU.sparse", StringComparison.Ordinal))
                throw new RefusedException(RefusalCode.Invalid, "The tar has an extended header with a size, which is not taken.");
            (name, link) = (key is "path" ? value : name, key is "linkpath" ? value : link);
        }
    }
}
