using System.Runtime.CompilerServices;
using Amazon.S3;
using Amazon.S3.Model;

namespace Debci.Api.Files.S3;

/// <summary>Files as objects of one bucket. A file that stands at two addresses is stored twice: S3 has no second names.</summary>
/// <param name="settings">How it is reached.</param>
/// <param name="clock">Ends links, and measures how long it is waited for.</param>
internal sealed partial class S3Store(S3Settings settings, TimeProvider clock) : IDisposable
{
    private const string Sha256 = "sha256";
    private const int AtOnce = 8;
    private readonly S3Client client = new(settings, clock);

    /// <inheritdoc/>
    public string Name => client.Name;

    /// <inheritdoc/>
    public async Task Check(CancellationToken stop)
    {
        if (await client.Call((s3, given) => s3.ListObjectsV2Async(new ListObjectsV2Request { BucketName = settings.Bucket, MaxKeys = 1 }, given), stop) is null)
            await MakeBucket(stop);
    }

    /// <inheritdoc/>
    public async Task Put(string path, AsideFile file, CancellationToken stop)
    {
        var (parts, sha256) = await FilePart.Of(file.Path, settings.PartBytes, stop);
        Func<CancellationToken, Task<bool>> put = parts.Count == 1 ? given => PutWhole(path, parts[0], sha256, given) : given => PutParts(path, parts, sha256, given);
        if (await put(stop))
            return;
        await MakeBucket(stop);
        if (!await put(stop))
            throw client.Away($"it has no bucket {settings.Bucket}");
    }

    /// <inheritdoc/>
    public async Task<StoredFile?> Find(string path, CancellationToken stop) =>
        await client.Call((s3, given) => s3.GetObjectMetadataAsync(settings.Bucket, path, given), stop) is { } found
            ? new StoredFile(path, found.ContentLength, found.LastModified ?? default, found.Metadata[Sha256] is { Length: > 0 } sha256 ? sha256 : null)
            : null;

    /// <inheritdoc/>
    public async Task<Stream?> Open(string path, CancellationToken stop) =>
        await Find(path, stop) is { } found ? new RangeStream(found.Size, client.Patience, (from, given) => Range(path, from, found.Size, given)) : null;

    /// <inheritdoc/>
    public Task Show(string folder, string inFolder, IReadOnlyList<string> names, CancellationToken stop) => Task.WhenAll(names.Select(async name =>
    {
        var copy = new CopyObjectRequest { SourceBucket = settings.Bucket, SourceKey = $"{folder}/{name}", DestinationBucket = settings.Bucket, DestinationKey = $"{inFolder}/{name}" };
        if (await Find(copy.SourceKey, stop) is not { } there || await client.Call((s3, given) => s3.CopyObjectAsync(copy, given), stop, StorePatience.ForCopy(there.Size)) is null)
            await Delete($"{inFolder}/{name}", stop);
    }));

    /// <inheritdoc/>
    public Task DeleteFolder(string folder, CancellationToken stop) => Parallel.ForEachAsync(List(folder, stop).Concat(List($"{Uploads}/{folder}", stop)), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop },
        async (found, given) => await Delete(found.Path, given));

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredFile> List(string folder, [EnumeratorCancellation] CancellationToken stop)
    {
        for (string? next = null; ;)
        {
            var request = new ListObjectsV2Request { BucketName = settings.Bucket, Prefix = folder + "/", ContinuationToken = next };
            if (await client.Call((s3, given) => s3.ListObjectsV2Async(request, given), stop) is not { } page)
                yield break;
            foreach (var found in page.S3Objects ?? [])
                yield return new StoredFile(found.Key, found.Size ?? 0, found.LastModified ?? default);
            if (page.IsTruncated is not true)
                yield break;
            next = page.NextContinuationToken;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    // False where there is no bucket.
    private async Task<bool> PutWhole(string path, FilePart part, string sha256, CancellationToken stop)
    {
        await using var body = part.Open();
        var request = new PutObjectRequest
        {
            BucketName = settings.Bucket, Key = path, InputStream = body, AutoCloseStream = false, ContentType = StorePath.ContentTypeOf(path), MD5Digest = Base64(part.Md5), UseChunkEncoding = false,
        };
        request.Metadata[Sha256] = sha256;
        return await client.Call((s3, given) => s3.PutObjectAsync(request, given), stop, StorePatience.ForBody(part.Size)) is not null;
    }

    private async Task<bool> PutParts(string path, IReadOnlyList<FilePart> parts, string sha256, CancellationToken stop)
    {
        var begin = new InitiateMultipartUploadRequest { BucketName = settings.Bucket, Key = path, ContentType = StorePath.ContentTypeOf(path) };
        begin.Metadata[Sha256] = sha256;
        if (await client.Call((s3, given) => s3.InitiateMultipartUploadAsync(begin, given), stop) is not { UploadId: var upload })
            return false;
        try
        {
            var tags = new List<PartETag>();
            for (var number = 1; number <= parts.Count; number++)
                tags.Add(new PartETag(number, await PutPart(path, upload, number, parts[number - 1], stop)));
            var complete = new CompleteMultipartUploadRequest { BucketName = settings.Bucket, Key = path, UploadId = upload, PartETags = tags };
            return await client.Call((s3, given) => s3.CompleteMultipartUploadAsync(complete, given), stop, StorePatience.ForCopy(parts.Sum(part => part.Size))) is not null ? true : throw client.Away("it has given up the upload");
        }
        catch
        {
            await Abort(path, upload);
            throw;
        }
    }

    private async Task<string> PutPart(string path, string upload, int number, FilePart part, CancellationToken stop)
    {
        await using var body = part.Open();
        var request = new UploadPartRequest
        {
            BucketName = settings.Bucket, Key = path, UploadId = upload, PartNumber = number, InputStream = body, PartSize = part.Size, MD5Digest = Base64(part.Md5), UseChunkEncoding = false,
        };
        return (await client.Call((s3, given) => s3.UploadPartAsync(request, given), stop, StorePatience.ForBody(part.Size)) ?? throw client.Away("it has given up the upload")).ETag;
    }

    // What cannot be told now, a rule of the bucket clears away (ops/file-stores.md).
    private async Task Abort(string path, string upload)
    {
        try
        {
            await client.Call((s3, given) => s3.AbortMultipartUploadAsync(settings.Bucket, path, upload, given), CancellationToken.None);
        }
        catch (FileStoreAwayException)
        {
            // It is away, as the caller is about to hear.
        }
    }

    private async Task<Stream> Range(string path, long from, long size, CancellationToken stop)
    {
        var request = new GetObjectRequest { BucketName = settings.Bucket, Key = path, ByteRange = new ByteRange(from, size - 1) };
        return (await client.Call((s3, given) => s3.GetObjectAsync(request, given), stop) ?? throw new FileNotFoundException($"{path} was deleted while it was read.")).ResponseStream;
    }

    private async Task Delete(string path, CancellationToken stop) => await client.Call((s3, given) => s3.DeleteObjectAsync(settings.Bucket, path, given), stop);

    private async Task MakeBucket(CancellationToken stop) => await client.Call(async (s3, given) =>
    {
        try
        {
            return await s3.PutBucketAsync(settings.Bucket, given);
        }
        catch (AmazonS3Exception made) when (made.ErrorCode is "BucketAlreadyOwnedByYou" or "OperationAborted")
        {
            return new PutBucketResponse(); // by somebody else, at the same time
        }
    }, stop);

    private static string Base64(string hex) => Convert.ToBase64String(Convert.FromHexString(hex));
}
