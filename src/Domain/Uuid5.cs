using System.Security.Cryptography;
using System.Text;

namespace Debci.Domain;

/// <summary>Name-based ids (RFC 9562, version 5), so that a repeated command repeats the ids of its events.</summary>
public static class Uuid5
{
    /// <summary>The id of <paramref name="name"/> within <paramref name="scope"/>: the same two always give the same id.</summary>
    public static Guid Create(Guid scope, string name)
    {
        var text = Encoding.UTF8.GetBytes(name);
        var input = new byte[16 + text.Length];
        scope.TryWriteBytes(input, bigEndian: true, out _);
        text.CopyTo(input, 16);
#pragma warning disable CA5350 // SHA-1 is what version 5 is defined with; nothing secret hangs on it.
        var hash = SHA1.HashData(input).AsSpan(0, 16);
#pragma warning restore CA5350
        hash[6] = (byte)((hash[6] & 0x0F) | 0x50);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash, bigEndian: true);
    }
}
