using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Debci.Api.Import;

/// <summary>
/// A file of debci's jobs as JSON: the array that <c>debci data export</c> writes for a package (and that <c>packages.json</c> is), or the
/// object with <c>results</c> that <c>GET /api/v1/test</c> answers. Looked through once for where records are, and never held whole.
/// </summary>
internal sealed class RecordFile : IRecords, IDisposable
{
    private const int MostBytes = 64 << 20;

    private readonly SafeFileHandle file;
    private readonly int mostRecord;
    private readonly List<Place> places = [];

    private RecordFile(string path, SafeFileHandle handle, int most) => (Name, file, mostRecord) = (path, handle, most);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Place> Places => places;

    /// <summary>Looks through a file.</summary>
    /// <param name="path">Where it is.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <param name="mostRecord">A record with more bytes is left out.</param>
    /// <exception cref="InvalidDataException">It is not whole JSON, or not of these forms; nothing of it counts.</exception>
    public static RecordFile Open(string path, CancellationToken cancellation, int mostRecord = MostBytes)
    {
        var records = new RecordFile(path, File.OpenHandle(path, options: FileOptions.SequentialScan), mostRecord);
        try
        {
            records.Scan(cancellation);
            return records;
        }
        catch (JsonException broken)
        {
            records.Dispose();
            throw new InvalidDataException($"{path} is not whole JSON ({broken.Message}); fetch or export it again. Nothing of it was imported.");
        }
        catch
        {
            records.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public string NameOf(Place place) => place.Run > 0 ? $"run {place.Run}" : $"the record at byte {place.Offset}";

    /// <inheritdoc/>
    public DebciRecord Load(Place place)
    {
        if (place.Length > mostRecord)
            throw new NotUnderstoodException($"it has more than {mostRecord} bytes, which no record of debci's has");
        var bytes = new byte[place.Length];
        RandomAccess.Read(file, bytes, place.Offset);
        try
        {
            using var json = JsonDocument.Parse(bytes);
            return JsonRecord.Read(json.RootElement);
        }
        catch (JsonException broken) // nested too deeply, mostly: the file as a whole has been read before
        {
            throw new NotUnderstoodException($"it cannot be read: {broken.Message.TrimEnd('.')}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Scan(CancellationToken cancellation)
    {
        var (buffer, filled, start, cut, scan) = (new byte[Math.Min(1 << 20, mostRecord)], 0, 0L, 0L, new RecordScanner(places));
        var state = new JsonReaderState(new JsonReaderOptions { MaxDepth = int.MaxValue }); // what is nested too deeply is refused by itself when it is read
        for (var last = false; !last;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, buffer.AsSpan(filled), start + filled);
            (filled, last) = (filled + read, read == 0);
            var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), last, state);
            for (; reader.Read(); cut = 0)
                scan.Take(ref reader, start, cut);
            state = reader.CurrentState;
            var consumed = (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            (start, filled) = (start + consumed, filled - consumed);
            if (filled < buffer.Length)
                continue;
            if (buffer.Length < mostRecord)
                Array.Resize(ref buffer, (int)Math.Min(buffer.Length * 2L, mostRecord));
            else
                (start, filled, cut) = Cut(buffer, start);
        }
        if (!scan.FoundList)
            throw new InvalidDataException($"{Name} is neither an array of jobs (debci data export) nor an object with \"results\" (GET /api/v1/test); nothing of it was imported.");
    }

    // One text or blanks fill the buffer. No reader skips a part of either: so it sees an empty text in the place of one, and the file goes on behind the
    // whole; a record has its full length all the same, and is refused for that. Blanks say nothing, and are left out.
    private (long Start, int Filled, long Cut) Cut(byte[] buffer, long start)
    {
        var quote = LengthOfBlanks(buffer);
        if (quote > buffer.Length / 2)
            return WithoutBlanks(buffer, 0, quote, start);
        if (buffer[quote] != '"')
            throw new InvalidDataException($"{Name} has a number of more than {buffer.Length / 2} bytes in it, which no record of debci's has. Nothing of it was imported.");
        var text = buffer.AsSpan(quote + 1);
        var escaped = false;
        var length = LengthOfText(text, ref escaped);
        if (length > 0 && length < text.Length && length <= buffer.Length / 4) // a name, and blanks before its colon; a longer one goes, since so few blanks would give no room
            return WithoutBlanks(buffer, quote + 1 + length, LengthOfBlanks(text[length..]), start);
        var end = length > 0 ? start + quote + 1 + length : start + buffer.Length + LengthOfRest(start + buffer.Length, escaped);
        text[0] = (byte)'"';
        return (end - quote - 2, quote + 2, end - (start + quote) - 2);
    }

    // A comma may stand among them, which is kept.
    private static int LengthOfBlanks(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept(" \t\r\n,"u8) is >= 0 and var length ? length : bytes.Length;

    private static (long Start, int Filled, long Cut) WithoutBlanks(byte[] buffer, int from, int length, long start)
    {
        var commas = buffer.AsSpan(from, length).Count((byte)',');
        buffer.AsSpan(from, commas).Fill((byte)',');
        buffer.AsSpan(from + length).CopyTo(buffer.AsSpan(from + commas));
        return (start + length - commas, buffer.Length - length + commas, 0);
    }

    private long LengthOfRest(long offset, bool escaped)
    {
        var (piece, from) = (new byte[1 << 16], offset);
        for (int read; (read = RandomAccess.Read(file, piece, offset)) > 0; offset += read)
        {
            if (LengthOfText(piece.AsSpan(0, read), ref escaped) is > 0 and var length)
                return offset + length - from;
        }
        throw new JsonException("a text in it has no end");
    }

    // With the quote at its end; 0 where it goes on.
    private static int LengthOfText(ReadOnlySpan<byte> bytes, ref bool escaped)
    {
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '"' && !escaped)
                return i + 1;
            escaped = bytes[i] == '\\' && !escaped;
        }
        return 0;
    }
}
