using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Debci.EventLog;

/// <summary>
/// The canonical form of an event, which its leaf in the Merkle tree is the hash of: an object of <c>data</c>, <c>headers</c>, <c>id</c>,
/// <c>name</c>, <c>recordedAt</c> (UTC, six digits behind the second), <c>revision</c> and <c>stream</c>, written by RFC 8785.
/// </summary>
/// <remarks>
/// STORED CONTRACT: another form is another tree, and no head that was ever exported would agree with it. The position is not in it, since
/// a copied log may have others; the event's number is its place in the tree.
/// </remarks>
public static class CanonicalEvent
{
    private const int WorthSharing = 64;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? buffer;

    /// <summary>The form, as UTF-8.</summary>
    /// <exception cref="System.Text.Json.JsonException">Data or headers are no JSON.</exception>
    public static byte[] Of(RecordedEvent e) => Prefixed(e)[1..].ToArray();

    /// <summary>The leaf: SHA-256 over 0x00 and the form.</summary>
    /// <exception cref="System.Text.Json.JsonException">Data or headers are no JSON.</exception>
    public static byte[] Leaf(RecordedEvent e) => SHA256.HashData(Prefixed(e));

    /// <summary>The leaves of many events, in their order.</summary>
    /// <exception cref="System.Text.Json.JsonException">Data or headers of one are no JSON.</exception>
    public static byte[][] Leaves(IReadOnlyList<RecordedEvent> events)
    {
        var leaves = new byte[events.Count][];
        if (events.Count < WorthSharing)
            for (var i = 0; i < leaves.Length; i++)
                leaves[i] = Leaf(events[i]);
        else
            Share(events, leaves);
        return leaves;
    }

    private static void Share(IReadOnlyList<RecordedEvent> events, byte[][] leaves)
    {
        try
        {
            Parallel.For(0, leaves.Length, i => leaves[i] = Leaf(events[i]));
        }
        catch (AggregateException several)
        {
            throw several.InnerExceptions[0];
        }
    }

    private static ReadOnlySpan<byte> Prefixed(RecordedEvent e)
    {
        var into = buffer ??= new ArrayBufferWriter<byte>(4096);
        into.ResetWrittenCount();
        into.Write("\0{\"data\":"u8);
        CanonicalJson.Write(e.Data.Span, into);
        into.Write(",\"headers\":"u8);
        CanonicalJson.Write(e.Headers.Span, into);
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $",\"id\":\"{e.Id:D}\",\"name\":"), into);
        CanonicalJson.Write(e.Name, into);
        Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $",\"recordedAt\":\"{e.RecordedAt.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}\",\"revision\":{e.Revision},\"stream\":"), into);
        CanonicalJson.Write(e.Stream, into);
        into.Write("}"u8);
        return into.WrittenSpan;
    }
}
