using System.Globalization;
using System.Text;
using System.Text.Json;
using Google.Protobuf;

namespace Debci.EventLog.EventStore;

/// <summary>
/// What a server gives an event by itself, and what one that was copied from another log keeps: its position there, and its time. It stands around the
/// headers, in the event's metadata.
/// </summary>
/// <remarks>STORED CONTRACT: <c>{"copied":{"position":…,"recordedAt":…},"headers":…}</c>, the time in microseconds since 1970. Nothing else begins like that.</remarks>
internal readonly record struct Copied(long Position, DateTimeOffset RecordedAt, ReadOnlyMemory<byte> Headers)
{
    private static ReadOnlySpan<byte> Beginning => "{\"copied\":"u8;

    /// <summary>The metadata of an event that is copied.</summary>
    public static byte[] Write(RecordedEvent e) =>
        [.. Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{{\"copied\":{{\"position\":{e.Position},\"recordedAt\":{(e.RecordedAt - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond}}},\"headers\":")), .. e.Headers.Span, (byte)'}'];

    /// <summary>What such metadata say; null for those of an event that was appended here.</summary>
    public static Copied? Read(ByteString metadata)
    {
        if (!metadata.Span.StartsWith(Beginning))
            return null;
        var reader = new Utf8JsonReader(metadata.Span[Beginning.Length..]);
        using var copied = JsonDocument.ParseValue(ref reader);
        var headers = metadata.Memory[(Beginning.Length + (int)reader.BytesConsumed + ",\"headers\":".Length)..^1];
        return new Copied(copied.RootElement.GetProperty("position").GetInt64(),
            DateTimeOffset.UnixEpoch.AddTicks(copied.RootElement.GetProperty("recordedAt").GetInt64() * TimeSpan.TicksPerMicrosecond), headers);
    }
}
