namespace Debci.Api.Files;

/// <summary>A file in a store.</summary>
/// <param name="Path">Its address there (<see cref="StorePath"/>).</param>
/// <param name="Size">Bytes.</param>
/// <param name="LastModified">When it was put.</param>
/// <param name="Sha256">SHA-256 in lower case hexadecimal digits, where the store keeps it; null where its bytes must be read for that.</param>
public sealed record StoredFile(string Path, long Size, DateTimeOffset LastModified, string? Sha256 = null);

/// <summary>The store of files cannot be reached, or will not have our credentials: a matter of minutes, or of an operator. Nothing was changed, or all of it.</summary>
/// <param name="store">Which store, without secrets.</param>
/// <param name="why">What happened, without its full stop.</param>
/// <param name="inner">Where it came from.</param>
public sealed class FileStoreAwayException(string store, string why, Exception? inner = null)
    : IOException($"The files are kept in {store}, which cannot be used just now: {why}. Try again in a few minutes; nothing is lost.", inner);

/// <summary>
/// Whole files at predictable addresses. What is put is there at once and all of it, or not at all, and outlasts a crash; two that put at one
/// address leave one of the two. Addresses are relative, with '/' between their parts, and come from <see cref="StorePath"/> alone.
/// Every call throws <see cref="FileStoreAwayException"/> while the store is away, and works again without a restart when it is back.
/// </summary>
public interface IFileStore
{
    /// <summary>What it is and where, in words for operators; no secrets.</summary>
    string Name { get; }

    /// <summary>Whether it can be reached and takes our credentials.</summary>
    Task Check(CancellationToken stop);

    /// <summary>Puts a file at its address, in the stead of what is there. The aside file is used up.</summary>
    Task Put(string path, AsideFile file, CancellationToken stop);

    /// <summary>A file; null when there is none.</summary>
    Task<StoredFile?> Find(string path, CancellationToken stop);

    /// <summary>A file's bytes, as a stream that can be sought in; null when there is none.</summary>
    Task<Stream?> Open(string path, CancellationToken stop);

    /// <summary>
    /// Makes files of one folder stand in another too. A name that the first does not have is not in the second afterwards. Each changes at once;
    /// repeated, also after a crash half-way, it comes to the same. What is put later in the first folder does not change the second.
    /// </summary>
    Task Show(string folder, string inFolder, IReadOnlyList<string> names, CancellationToken stop);

    /// <summary>Deletes all files of a folder and of those below it; of one that is not there, nothing.</summary>
    Task DeleteFolder(string folder, CancellationToken stop);

    /// <summary>All files of a folder and of those below it, in the order of their addresses' bytes. A file that was put a moment ago may be missing.</summary>
    IAsyncEnumerable<StoredFile> List(string folder, CancellationToken stop);
}
