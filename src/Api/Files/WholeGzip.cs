using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>
/// Whether a file is gzip from its first byte to its last. GZipStream alone does not tell: it takes the end of a cut file for the
/// end of the data, and passes over what follows a member. So a last member with a word that nobody can know beforehand is put behind
/// the file: if and only if the file before it is whole, the unpacked data ends with the word.
/// </summary>
internal static class WholeGzip
{
    private const int WordLength = 64;

    /// <summary>Reads through all of it, in bounded memory. The file is as before when this returns, and longer when it throws.</summary>
    /// <param name="path">A file that nobody else uses yet.</param>
    /// <param name="mostPlain">Most bytes that it may unpack to.</param>
    /// <param name="stop">Gives up.</param>
    /// <exception cref="RefusedException">It is no gzip, not all gzip, damaged, or unpacks to more.</exception>
    public static async Task Check(string path, long mostPlain, CancellationToken stop)
    {
        await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        var length = file.Length;
        var word = Encoding.ASCII.GetBytes(RandomNumberGenerator.GetHexString(WordLength));
        file.Seek(0, SeekOrigin.End);
        file.Write(LogMember.Pack(word).Span);
        file.Seek(0, SeekOrigin.Begin);
        var last = await LastBytes(file, mostPlain + WordLength, stop);
        if (length == 0 || !last.SequenceEqual(word))
            throw Broken();
        file.SetLength(length);
    }

    private static async Task<byte[]> LastBytes(FileStream packed, long most, CancellationToken stop)
    {
        await using var gzip = new GZipStream(packed, CompressionMode.Decompress, leaveOpen: true);
        var piece = new byte[80 << 10];
        var last = Array.Empty<byte>();
        var size = 0L;
        while (await ReadGzip(gzip, piece, stop) is > 0 and var length)
        {
            size += length;
            if (size > most)
                throw new RefusedException(RefusalCode.TooLarge,
                    $"Unpacked this has more than {most - WordLength} bytes; send fewer or smaller files.");
            last = length >= WordLength
                ? piece[(length - WordLength)..length]
                : [.. last.Concat(piece.Take(length)).TakeLast(WordLength)];
        }
        return last;
    }

    private static async Task<int> ReadGzip(GZipStream gzip, byte[] piece, CancellationToken stop)
    {
        try
        {
            return await gzip.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, stop);
        }
        catch (InvalidDataException)
        {
            throw Broken();
        }
    }

    private static RefusedException Broken() =>
        new(RefusalCode.Invalid, "This is no whole gzip file: it is cut, damaged or something else. Pack it and send it again.");
}
