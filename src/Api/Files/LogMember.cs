using System.Buffers;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;

namespace Debci.Api.Files;

/// <summary>One gzip member of a log.</summary>
internal static class LogMember
{
    /// <summary>A member of no bytes, by RFC 1952 and 1951; GZipStream would write nothing at all.</summary>
    private static readonly byte[] Empty = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Compresses.</summary>
    public static ReadOnlyMemory<byte> Pack(byte[] plain)
    {
        if (plain.Length == 0)
            return Empty;
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            gzip.Write(plain);
        return packed.ToArray();
    }

    /// <summary>
    /// Fills <paramref name="wanted"/> with the plain bytes from <paramref name="skip"/> on; it must not reach beyond the member.
    /// </summary>
    /// <param name="file">log.gz.</param>
    /// <param name="from">Where the member begins.</param>
    /// <param name="to">Where the next one begins.</param>
    /// <param name="skip">Plain bytes of this member to pass over.</param>
    /// <param name="wanted">Receives what follows.</param>
    /// <exception cref="InvalidDataException">The member is damaged.</exception>
    /// <exception cref="EndOfStreamException">The member is cut.</exception>
    public static void Unpack(SafeFileHandle file, LogMark from, LogMark to, int skip, Span<byte> wanted)
    {
        var packed = ArrayPool<byte>.Shared.Rent((int)(to.Gzip - from.Gzip));
        try
        {
            var read = RandomAccess.Read(file, packed.AsSpan(0, (int)(to.Gzip - from.Gzip)), from.Gzip);
            Unpack(new MemoryStream(packed, 0, read), skip, wanted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(packed);
        }
    }

    /// <summary>The same of a member that is at hand.</summary>
    public static void Unpack(Stream packed, int skip, Span<byte> wanted)
    {
        var plain = ArrayPool<byte>.Shared.Rent(skip + wanted.Length);
        try
        {
            using var gzip = new GZipStream(packed, CompressionMode.Decompress);
            gzip.ReadExactly(plain, 0, skip + wanted.Length);
            plain.AsSpan(skip, wanted.Length).CopyTo(wanted);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(plain);
        }
    }
}
