using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>What a worker says of a file that it is about to send, or has sent, to the store itself.</summary>
/// <param name="Size">Bytes.</param>
/// <param name="Md5">MD5 in lower case hexadecimal digits: what stores check what comes by.</param>
/// <param name="Sha256">SHA-256 in lower case hexadecimal digits.</param>
public sealed record UploadFacts(long Size, string Md5, string Sha256)
{
    /// <summary>Refuses what are no such facts.</summary>
    /// <param name="most">Most bytes that the file may have.</param>
    /// <exception cref="RefusedException">It is too large, or a digest is none.</exception>
    public void Check(long most)
    {
        if (Size > most)
            throw new RefusedException(RefusalCode.TooLarge, $"This file may have at most {most} bytes; send a smaller one.");
        if (Size < 1 || !IsHex(Md5, 32) || !IsHex(Sha256, 64))
            throw new RefusedException(RefusalCode.Invalid, "Say the file's size (from 1 on), its MD5 and its SHA-256, both in lower case hexadecimal digits.");
    }

    private static bool IsHex(string? digits, int length) => digits?.Length == length && digits.All(char.IsAsciiHexDigitLower);
}

/// <summary>Where a file may be sent to with PUT, for a while.</summary>
/// <param name="Address">The address; whoever has it may send.</param>
/// <param name="Headers">Headers that the PUT must have.</param>
/// <param name="Ticket">Tells the store, when the file was sent, which one it is.</param>
public sealed record UploadOffer(Uri Address, IReadOnlyDictionary<string, string> Headers, Guid Ticket);

/// <summary>A store that browsers and workers can reach without this server, by addresses that it signs and that count for a while.</summary>
public interface IDirectStore : IFileStore
{
    /// <summary>Whether it is configured to.</summary>
    bool IsDirect { get; }

    /// <summary>Where a file can be fetched.</summary>
    Task<Uri> LinkTo(string path, TimeSpan validFor, CancellationToken stop);

    /// <summary>Where a file can be sent to; null when it is too large for one call. It is not at its address before it is taken.</summary>
    Task<UploadOffer?> OfferUpload(string path, UploadFacts facts, TimeSpan validFor, CancellationToken stop);

    /// <summary>
    /// Makes a file that was sent stand at its address, as if it had been put. Again: the same. Whatever is sent to the offered address afterwards
    /// does not change it.
    /// </summary>
    /// <exception cref="RefusedException">It was not sent, or with another size or MD5.</exception>
    Task TakeUpload(string path, Guid ticket, UploadFacts facts, CancellationToken stop);

    /// <summary>Deletes what was sent before a time and never taken; how many files that were.</summary>
    Task<int> DropUploads(DateTimeOffset before, CancellationToken stop);
}
