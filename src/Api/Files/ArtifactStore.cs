using System.IO.Compression;
using System.Security.Cryptography;
using Debci.Domain;

namespace Debci.Api.Files;

/// <summary>A file that was stored.</summary>
/// <param name="Size">In bytes.</param>
/// <param name="Sha256">Lower case hex.</param>
public sealed record StoredFile(long Size, string Sha256);

/// <summary>The other files of attempts: written aside, checked, and renamed, so that nobody ever sees half of one.</summary>
/// <param name="folders">Where they are.</param>
/// <param name="capBytes">The most that artifacts may have.</param>
public sealed class ArtifactStore(RunFolders folders, long capBytes)
{
    /// <summary>autopkgtest's output directory.</summary>
    public const string Artifacts = "artifacts.tar.gz";
    /// <summary>The packages in the testbed.</summary>
    public const string TestbedPackages = "testbed-packages";
    /// <summary>autopkgtest's summary.</summary>
    public const string Summary = "summary";

    private static readonly byte[] Mark = Guid.NewGuid().ToByteArray();
    private const long TextBytes = 8 << 20;
    private const long UnpackedBytes = 4L << 30; // nobody gets to fill a reader's disk with zeros

    /// <summary>Stores the artifacts. Broken gzip, or too much of it, is refused and leaves nothing.</summary>
    public Task<StoredFile> PutArtifacts(RunKey run, int attempt, Stream body, CancellationToken cancellation = default) =>
        Put(run, attempt, Artifacts, body, capBytes, CheckGzip, cancellation); // on disk for good by its check's last line

    /// <summary>Stores the list of the testbed's packages.</summary>
    public Task<StoredFile> PutTestbedPackages(RunKey run, int attempt, Stream body, CancellationToken cancellation = default) =>
        Put(run, attempt, TestbedPackages, body, TextBytes, (_, _) => Task.CompletedTask, cancellation);

    /// <summary>Stores autopkgtest's summary.</summary>
    public Task<StoredFile> PutSummary(RunKey run, int attempt, string summary, CancellationToken cancellation = default) =>
        Put(run, attempt, Summary, new MemoryStream(System.Text.Encoding.UTF8.GetBytes(summary)), TextBytes, (_, _) => Task.CompletedTask, cancellation);

    /// <summary>What is there under that name, with its hash; null when nothing is.</summary>
    public async Task<StoredFile?> Find(RunKey run, int attempt, string name, CancellationToken cancellation = default)
    {
        var path = Path.Combine(folders.Attempt(run, attempt), name);
        if (!File.Exists(path))
            return null;
        await using var file = File.OpenRead(path);
        return new StoredFile(file.Length, Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellation)));
    }

    private async Task<StoredFile> Put(
        RunKey run, int attempt, string name, Stream body, long most, Func<string, CancellationToken, Task> check, CancellationToken cancellation)
    {
        var target = Path.Combine(folders.Attempt(run, attempt), name);
        var aside = folders.NewAside();
        try
        {
            var stored = await WriteAside(aside, body, most, cancellation);
            await check(aside, cancellation);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Move(aside, target, overwrite: true);
            return stored;
        }
        finally
        {
            File.Delete(aside);
        }
    }

    private static async Task<StoredFile> WriteAside(string aside, Stream body, long most, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var file = new FileStream(aside, FileMode.CreateNew);
        var buffer = new byte[81_920];
        for (int read; (read = await body.ReadAsync(buffer, cancellation)) > 0;)
        {
            if (file.Length + read > most)
                throw new RefusedException(RefusalCode.TooLarge, $"This file may have {most} bytes at most.");
            hash.AppendData(buffer, 0, read);
            await file.WriteAsync(buffer.AsMemory(0, read), cancellation);
        }
        await file.FlushAsync(cancellation);
        return new StoredFile(file.Length, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    private static async Task<byte[]> LastBytes(GZipStream gzip, CancellationToken cancellation)
    {
        var (last, buffer, unpacked) = (new byte[Mark.Length], new byte[81_920], 0L);
        for (int read; (read = await gzip.ReadAtLeastAsync(buffer, Mark.Length, throwOnEndOfStream: false, cancellation)) > 0;)
        {
            if ((unpacked += read) > UnpackedBytes)
                throw new RefusedException(RefusalCode.TooLarge, $"Unpacked, the artifacts may have {UnpackedBytes} bytes at most.");
            last = read >= Mark.Length ? buffer[(read - Mark.Length)..read] : [.. last[read..], .. buffer[..read]];
        }
        return last;
    }

    private static async Task CheckGzip(string path, CancellationToken cancellation)
    {
        try
        {
            await using var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite);
            var length = file.Length;
            // The decompressor takes a file that was cut off for one that ends. So another member is put behind it, which comes out at
            // the end just if the file before it was whole.
            file.Seek(0, SeekOrigin.End);
            await using (var behind = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
                behind.Write(Mark);
            file.Seek(0, SeekOrigin.Begin);
            await using (var gzip = new GZipStream(file, CompressionMode.Decompress, leaveOpen: true))
            {
                if (!(await LastBytes(gzip, cancellation)).SequenceEqual(Mark))
                    throw new InvalidDataException("it is cut off");
            }
            file.SetLength(length);
            file.Flush(flushToDisk: true);
        }
        catch (InvalidDataException broken)
        {
            throw new RefusedException(RefusalCode.Invalid, $"The artifacts are no whole gzip file ({broken.Message}); send them again.");
        }
    }
}
