using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace Debci.Api.Import;

/// <summary>
/// A file of debci's jobs as JSON: the array that <c>debci data export</c> writes for a package (and that <c>packages.json</c> is), or the
/// object with <c>results</c> that <c>GET /api/v1/test</c> answers. Looked through once for where records are, and never held whole.
/// </summary>
internal sealed class RecordFile : IRecords, IDisposable
{
    private const int MostRecord = 64 << 20;

    private readonly SafeFileHandle file;
    private readonly List<Place> places = [];

    private RecordFile(string path, SafeFileHandle handle) => (Name, file) = (path, handle);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public IReadOnlyList<Place> Places => places;

    /// <summary>Looks through a file.</summary>
    /// <exception cref="InvalidDataException">It is not whole JSON, or not of these forms; nothing of it counts.</exception>
    public static RecordFile Open(string path, CancellationToken cancellation)
    {
        var records = new RecordFile(path, File.OpenHandle(path, options: FileOptions.SequentialScan));
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
    }

    /// <inheritdoc/>
    public string NameOf(Place place) => place.Run > 0 ? $"run {place.Run}" : $"the record at byte {place.Offset}";

    /// <inheritdoc/>
    public DebciRecord Load(Place place)
    {
        var bytes = new byte[place.Length];
        RandomAccess.Read(file, bytes, place.Offset);
        using var json = JsonDocument.Parse(bytes);
        return JsonRecord.Read(json.RootElement);
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private void Scan(CancellationToken cancellation)
    {
        var (buffer, filled, start, state, scan) = (new byte[1 << 20], 0, 0L, default(JsonReaderState), new Scanner(places));
        for (var last = false; !last;)
        {
            cancellation.ThrowIfCancellationRequested();
            var read = RandomAccess.Read(file, buffer.AsSpan(filled), start + filled);
            (filled, last) = (filled + read, read == 0);
            var reader = new Utf8JsonReader(buffer.AsSpan(0, filled), last, state);
            while (reader.Read())
                scan.Take(ref reader, start);
            state = reader.CurrentState;
            var consumed = (int)reader.BytesConsumed;
            buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
            (start, filled) = (start + consumed, filled - consumed);
            if (filled == buffer.Length)
                Array.Resize(ref buffer, buffer.Length < MostRecord ? buffer.Length * 2 : throw new JsonException("one text in it is larger than any record"));
        }
        if (!scan.FoundList)
            throw new InvalidDataException($"{Name} is neither an array of jobs (debci data export) nor an object with \"results\" (GET /api/v1/test); nothing of it was imported.");
    }

    // Sees each token once, and notes the two fields that are needed before a record is read.
    private sealed class Scanner(List<Place> places)
    {
        private int depth = -1;
        private long begin;
        private (long Run, long Ticks) seen;
        private Field next;
        private bool isResults;

        private enum Field { None, Run, Updated }

        public bool FoundList { get; private set; }

        public void Take(ref Utf8JsonReader reader, long start)
        {
            if (depth < 0)
                LookForList(ref reader);
            else if (reader.CurrentDepth == depth)
                TakeRecord(ref reader, start);
            else if (reader.CurrentDepth == depth + 1)
                TakeField(ref reader);
            else if (reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth - 1)
                depth = -1;
        }

        private void LookForList(ref Utf8JsonReader reader)
        {
            if (reader.TokenType == JsonTokenType.StartArray && !FoundList && (reader.CurrentDepth == 0 || (reader.CurrentDepth == 1 && isResults)))
                (depth, FoundList) = (reader.CurrentDepth + 1, true);
            isResults = reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && reader.ValueTextEquals("results"u8);
        }

        private void TakeRecord(ref Utf8JsonReader reader, long start)
        {
            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
                (begin, seen, next) = (start + reader.TokenStartIndex, default, Field.None);
            else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                places.Add(new Place(seen.Run, seen.Ticks, begin, (int)(start + reader.BytesConsumed - begin)));
            else
                places.Add(new Place(0, 0, start + reader.TokenStartIndex, (int)(reader.BytesConsumed - reader.TokenStartIndex)));
        }

        private void TakeField(ref Utf8JsonReader reader)
        {
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                next = reader.ValueTextEquals("run_id"u8) ? Field.Run : reader.ValueTextEquals("updated_at"u8) ? Field.Updated : Field.None;
                return;
            }
            if (next == Field.Run)
                seen.Run = JsonRecord.RunId(ref reader) ?? 0;
            else if (next == Field.Updated && reader.TokenType == JsonTokenType.String && JsonRecord.Time(reader.GetString()!) is { } time)
                seen.Ticks = time.UtcTicks;
            next = Field.None;
        }
    }
}
