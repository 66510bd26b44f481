using System.Text.Json;

namespace Debci.Api.Import;

/// <summary>Sees each token of a file once: where records are, and the two fields of each that are needed before it is read.</summary>
internal sealed class RecordScanner(List<Place> places)
{
    private int depth = -1;
    private long begin;
    private (long Run, long Ticks) seen;
    private Field next;
    private bool isResults;

    private enum Field { None, Run, Updated }

    /// <summary>Whether there was a list of records.</summary>
    public bool FoundList { get; private set; }

    /// <summary>Takes the next token.</summary>
    /// <param name="reader">It stands there.</param>
    /// <param name="start">Where in the file the reader began.</param>
    /// <param name="cut">How many bytes the text that is this token has beyond what the reader saw.</param>
    public void Take(ref Utf8JsonReader reader, long start, long cut)
    {
        if (depth < 0)
            LookForList(ref reader);
        else if (reader.CurrentDepth == depth)
            TakeRecord(ref reader, start, cut);
        else if (reader.CurrentDepth == depth + 1)
            TakeField(ref reader);
        else if (reader.TokenType == JsonTokenType.EndArray && reader.CurrentDepth == depth - 1)
            depth = -1;
    }

    private void LookForList(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.StartArray && !FoundList && (reader.CurrentDepth == 0 || (reader.CurrentDepth == 1 && isResults)))
            (depth, FoundList) = (reader.CurrentDepth + 1, true);
        isResults = reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1 && Is(ref reader, "results"u8);
    }

    private void TakeRecord(ref Utf8JsonReader reader, long start, long cut)
    {
        if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            (begin, seen, next) = (start + reader.TokenStartIndex, default, Field.None);
        else if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            places.Add(new Place(seen.Run, seen.Ticks, begin, start + reader.BytesConsumed - begin));
        else
            places.Add(new Place(0, 0, start + reader.TokenStartIndex - cut, reader.BytesConsumed - reader.TokenStartIndex + cut));
    }

    private void TakeField(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            next = Is(ref reader, "run_id"u8) ? Field.Run : Is(ref reader, "updated_at"u8) ? Field.Updated : Field.None;
            return;
        }
        if (next == Field.Run)
            seen.Run = JsonRecord.RunId(ref reader) ?? 0;
        else if (next == Field.Updated && JsonRecord.TextOf(ref reader) is { } text && JsonRecord.Time(text) is { } time)
            seen.Ticks = time.UtcTicks;
        next = Field.None;
    }

    // A name that is no text (a lone surrogate) is none of ours.
    private static bool Is(ref Utf8JsonReader reader, ReadOnlySpan<byte> name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
