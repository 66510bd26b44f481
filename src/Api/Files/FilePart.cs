using System.Security.Cryptography;

namespace Debci.Api.Files;

/// <summary>A part of a file on disk, on its way to a store.</summary>
/// <param name="Path">Which file.</param>
/// <param name="From">Bytes before it.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Md5">Its MD5 in lower case hexadecimal digits: what object stores check what comes by.</param>
internal sealed record FilePart(string Path, long From, long Size, string Md5)
{
    /// <summary>Reads a file through once: its parts of at most so many bytes (one of none for an empty file), and the SHA-256 of the whole.</summary>
    public static async Task<(IReadOnlyList<FilePart> Parts, string Sha256)> Of(string path, long most, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        using var whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using var part = Md5Hash();
        var (parts, piece, from) = (new List<FilePart>(), new byte[80 << 10], 0L);
        for (var at = 0L; ;)
        {
            var read = await file.ReadAsync(piece.AsMemory(0, (int)Math.Min(piece.Length, from + most - at)), stop);
            whole.AppendData(piece, 0, read);
            part.AppendData(piece, 0, read);
            at += read;
            if (at - from < most && read > 0)
                continue;
            if (at > from || parts.Count == 0)
                parts.Add(new FilePart(path, from, at - from, Convert.ToHexStringLower(part.GetHashAndReset())));
            if (read == 0)
                return (parts, Convert.ToHexStringLower(whole.GetHashAndReset()));
            from = at;
        }
    }

    /// <summary>Its bytes.</summary>
    public Stream Open()
    {
        var file = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0, useAsync: true);
        file.Position = From;
        return new PartStream(file, Size);
    }

#pragma warning disable CA5351 // no secret depends on it: it is the checksum that these protocols have
    private static IncrementalHash Md5Hash() => IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
}
