using System.Buffers;
using System.Runtime.InteropServices;
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
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = 512 };

    /// <summary>Writes a JSON text in its canonical form.</summary>
    /// <exception cref="JsonException">It is no JSON, or holds a lone surrogate.</exception>
    public static void Write(ReadOnlyMemory<byte> json, IBufferWriter<byte> into)
    {
        using var document = JsonDocument.Parse(json, Options);
        Write(document.RootElement, into);
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

    private static void Write(JsonElement value, IBufferWriter<byte> into)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                WriteMembers(value, into);
                break;
            case JsonValueKind.Array:
                into.Write("["u8);
                var first = true;
                foreach (var item in value.EnumerateArray())
                {
                    if (!first)
                        into.Write(","u8);
                    first = false;
                    Write(item, into);
                }
                into.Write("]"u8);
                break;
            case JsonValueKind.String when JsonMarshal.GetRawUtf8Value(value) is var raw && raw.Contains((byte)'\\'):
                Write(Unescaped(value.GetString), into);
                break;
            default: // words, integers, and strings without escapes: canonical as they are
                into.Write(JsonMarshal.GetRawUtf8Value(value) is var literal && literal.SequenceEqual("-0"u8) ? "0"u8 : literal);
                break;
        }
    }

    private static void WriteMembers(JsonElement value, IBufferWriter<byte> into)
    {
        var members = value.EnumerateObject().ToArray();
        Array.Sort(members, members.All(m => IsPlain(JsonMarshal.GetRawUtf8PropertyName(m)))
            ? static (a, b) => JsonMarshal.GetRawUtf8PropertyName(a).SequenceCompareTo(JsonMarshal.GetRawUtf8PropertyName(b))
            : static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        into.Write("{"u8);
        for (var i = 0; i < members.Length; i++)
        {
            if (i > 0)
                into.Write(","u8);
            WriteName(members[i], into);
            Write(members[i].Value, into);
        }
        into.Write("}"u8);
    }

    private static void WriteName(JsonProperty member, IBufferWriter<byte> into)
    {
        var raw = JsonMarshal.GetRawUtf8PropertyName(member);
        if (raw.Contains((byte)'\\'))
        {
            Write(Unescaped(() => member.Name), into);
        }
        else
        {
            into.Write("\""u8);
            into.Write(raw);
            into.Write("\""u8);
        }
        into.Write(":"u8);
    }

    // Bytes are in the order of UTF-16 units as long as they are ASCII.
    private static bool IsPlain(ReadOnlySpan<byte> name) => Ascii.IsValid(name) && !name.Contains((byte)'\\');

    private static string Unescaped(Func<string?> read)
    {
        try
        {
            return read()!;
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
