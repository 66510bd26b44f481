using Amazon.S3;
using Amazon.S3.Model;
using Debci.Domain;

namespace Debci.Api.Files.S3;

// By presigned addresses: what workers send is copied to its address when they say that it is there.
internal sealed partial class S3Store : IDirectStore
{
    private const string Uploads = "uploads";

    /// <inheritdoc/>
    public bool IsDirect => settings.Direct;

    /// <inheritdoc/>
    public Task<Uri> LinkTo(string path, TimeSpan validFor, CancellationToken stop) => Task.FromResult(Sign(HttpVerb.GET, path, validFor, null));

    /// <inheritdoc/>
    public Task<UploadOffer?> OfferUpload(string path, UploadFacts facts, TimeSpan validFor, CancellationToken stop)
    {
        if (facts.Size > S3Settings.LargestFile)
            return Task.FromResult<UploadOffer?>(null);
        var (ticket, md5) = (Guid.NewGuid(), Base64(facts.Md5));
        return Task.FromResult<UploadOffer?>(new UploadOffer(Sign(HttpVerb.PUT, UploadOf(path, ticket), validFor, md5), new Dictionary<string, string> { ["Content-MD5"] = md5 }, ticket));
    }

    /// <inheritdoc/>
    public async Task TakeUpload(string path, Guid ticket, UploadFacts facts, CancellationToken stop)
    {
        var sent = UploadOf(path, ticket);
        var there = await client.Call((s3, given) => s3.GetObjectMetadataAsync(settings.Bucket, sent, given), stop);
        if (there is null && (await Find(path, stop))?.Sha256 == facts.Sha256)
            return; // it was taken before
        if (there is null || (there.ContentLength, there.ETag.Trim('"')) != (facts.Size, facts.Md5))
            throw new RefusedException(RefusalCode.Invalid, NotSent);
        var copy = new CopyObjectRequest
        {
            SourceBucket = settings.Bucket, SourceKey = sent, DestinationBucket = settings.Bucket, DestinationKey = path, MetadataDirective = S3MetadataDirective.REPLACE,
            ContentType = StorePath.ContentTypeOf(path), ETagToMatch = there.ETag,
        };
        copy.Metadata[Sha256] = facts.Sha256;
        var copied = await client.Call((s3, given) => s3.CopyObjectAsync(copy, given), stop, StorePatience.ForCopy(facts.Size));
        if (copied is null && (await Find(path, stop))?.Sha256 != facts.Sha256)
            throw new RefusedException(RefusalCode.Invalid, NotSent); // it is gone again
        await Delete(sent, stop);
    }

    /// <inheritdoc/>
    public async Task<int> DropUploads(DateTimeOffset before, CancellationToken stop)
    {
        var dropped = 0;
        await Parallel.ForEachAsync(List(Uploads, stop).Where(f => f.LastModified < before), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (found, token) =>
        {
            await Delete(found.Path, token);
            Interlocked.Increment(ref dropped);
        });
        return dropped;
    }

    private const string NotSent = "No file of this size and MD5 was sent there; send it again, or to this server.";

    private Uri Sign(HttpVerb verb, string path, TimeSpan validFor, string? md5)
    {
        var request = new GetPreSignedUrlRequest
        {
            BucketName = settings.Bucket, Key = path, Verb = verb, Expires = clock.GetUtcNow().UtcDateTime + validFor,
            Protocol = settings.Endpoint.StartsWith("http:", StringComparison.Ordinal) ? Protocol.HTTP : Protocol.HTTPS,
        };
        if (md5 is not null)
            request.Headers["Content-MD5"] = md5;
        return new Uri(client.Sign(request));
    }

    private static string UploadOf(string path, Guid ticket) => $"{Uploads}/{path}/{ticket:N}";
}
