using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Debci.EventLog;

/// <summary>
/// JSON in the one form that RFC 8785 (JCS) gives it: no blanks, members in the order of their names' UTF-16 units, strings with the
/// fewest escapes, in UTF-8.
/// </summary>
/// <remarks>
/// Events hold no numbers but integers, and these stay as they are, however large. A number of another kind was put there by somebody
/// else; it is written as it stands, so that it is hashed too, and seen.
/// </remarks>
public static class CanonicalJson
{
    // jsonb nests deeper than the reader's own limit; what is deeper than this is damage.
    private static readonly JsonReaderOptions Options = new() { MaxDepth = 512 };

    [ThreadStatic]
    private static CanonicalText? text;

    /// <summary>Writes a JSON text in its canonical form.</summary>
    /// <exception cref="JsonException">It is no JSON, or holds a lone surrogate.</exception>
    public static void Write(ReadOnlySpan<byte> json, IBufferWriter<byte> into)
    {
        var reader = new Utf8JsonReader(json, Options);
        reader.Read();
        var written = text ??= new CanonicalText();
        written.Clear();
        Write(ref reader, written);
        reader.Read(); // refuses what follows
        into.Write(written.Written);
    }

    /// <summary>Writes a string in its canonical form, with its quotes.</summary>
    public static void Write(string text, IBufferWriter<byte> into)
    {
        into.Write("\""u8);
        var from = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is >= ' ' and not '"' and not '\\')
                continue;
            Encoding.UTF8.GetBytes(text.AsSpan(from, i - from), into);
            Encoding.UTF8.GetBytes(Escaped(text[i]), into);
            from = i + 1;
        }
        Encoding.UTF8.GetBytes(text.AsSpan(from), into);
        into.Write("\""u8);
    }

    private static void Write(ref Utf8JsonReader reader, CanonicalText into)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                WriteMembers(ref reader, into);
                break;
            case JsonTokenType.StartArray:
                WriteItems(ref reader, into);
                break;
            case JsonTokenType.String:
                WriteString(ref reader, into);
                break;
            default: // words and integers: canonical as they are
                into.Write(reader.ValueSpan.SequenceEqual("-0"u8) ? "0"u8 : reader.ValueSpan);
                break;
        }
    }

    private static void WriteItems(ref Utf8JsonReader reader, CanonicalText into)
    {
        into.Write("["u8);
        for (var first = true; reader.Read() && reader.TokenType != JsonTokenType.EndArray; first = false)
        {
            if (!first)
                into.Write(","u8);
            Write(ref reader, into);
        }
        into.Write("]"u8);
    }

    // As they come, and then in their order.
    private static void WriteMembers(ref Utf8JsonReader reader, CanonicalText into)
    {
        into.Write("{"u8);
        var before = into.Members;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var start = into.Length;
            WriteString(ref reader, into);
            var name = reader.ValueIsEscaped || !Ascii.IsValid(reader.ValueSpan) ? Unescaped(ref reader) : null;
            var end = into.Length;
            into.Write(":"u8);
            reader.Read();
            Write(ref reader, into);
            into.Write(","u8);
            into.Add(start, end, name);
        }
        into.EndMembers(before);
        into.Write("}"u8);
    }

    private static void WriteString(ref Utf8JsonReader reader, CanonicalText into)
    {
        if (reader.ValueIsEscaped)
        {
            Write(Unescaped(ref reader), into);
            return;
        }
        into.Write("\""u8);
        into.Write(reader.ValueSpan);
        into.Write("\""u8);
    }

    private static string Unescaped(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException bad)
        {
            throw new JsonException(bad.Message, bad);
        }
    }

    private static string Escaped(char c) => c switch
    {
        '"' => "\\\"",
        '\\' => "\\\\",
        '\b' => "\\b",
        '\t' => "\\t",
        '\n' => "\\n",
        '\f' => "\\f",
        '\r' => "\\r",
        _ => $"\\u{(int)c:x4}",
    };
}
