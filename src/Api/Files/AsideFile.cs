using System.Security.Cryptography;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>A file that was taken.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Sha256">Its SHA-256 in lower case hexadecimal digits.</param>
public sealed record TakenFile(long Size, string Sha256);

/// <summary>A file on its way to its place.</summary>
/// <param name="path">Where it is until then.</param>
public sealed class AsideFile(string path) : IDisposable
{
    /// <summary>Where it is until then.</summary>
    public string Path { get; } = path;

    /// <summary>Writes a body here.</summary>
    /// <exception cref="RefusedException">It is larger than <paramref name="cap"/> bytes.</exception>
    public async Task<TakenFile> Write(Stream body, long cap, CancellationToken stop)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(Path, FileMode.CreateNew, FileAccess.Write, FileShare.Read, bufferSize: 0);
        var piece = new byte[80 << 10]; // below the heap for large objects
        var size = 0L;
        while (await body.ReadAsync(piece, stop) is > 0 and var length)
        {
            size += length;
            if (size > cap)
                throw new RefusedException(RefusalCode.TooLarge, $"This file may have at most {cap} bytes; send a smaller one.");
            sha256.AppendData(piece.AsSpan(0, length));
            await file.WriteAsync(piece.AsMemory(0, length), stop);
        }
        return new TakenFile(size, Convert.ToHexStringLower(sha256.GetHashAndReset()));
    }

    /// <summary>Leaves nothing.</summary>
    public void Dispose() => File.Delete(Path);
}
