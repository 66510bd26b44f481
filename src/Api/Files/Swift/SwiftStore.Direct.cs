using System.Net;
using System.Text.Json;
using Debci.Domain;

namespace Debci.Api.Files.Swift;

// By TempURL: browsers fetch an object itself. What workers send is copied within Swift to a segment when they say that it is there: who has the address
// of an upload may send there again until it ends, and nobody was ever given that of the segment. Swift checks its MD5 when the manifest is put.
internal sealed partial class SwiftStore : IDirectStore
{
    private const string Uploads = "uploads";
    private const int KeptSeconds = 86_400; // what nobody takes goes by itself where the sender sends that along; DropUploads is for the rest

    /// <inheritdoc/>
    public bool IsDirect => settings.TempUrlKey.Length > 0;

    /// <inheritdoc/>
    public async Task<Uri> LinkTo(string path, TimeSpan validFor, CancellationToken stop) =>
        await Sign(HttpMethod.Get, path, validFor, stop);

    /// <inheritdoc/>
    public async Task<UploadOffer?> OfferUpload(string path, UploadFacts facts, TimeSpan validFor, CancellationToken stop)
    {
        if (facts.Size > settings.SegmentBytes)
            return null;
        var ticket = Guid.NewGuid();
        var address = await Sign(HttpMethod.Put, UploadOf(path, ticket), validFor, stop);
        return new UploadOffer(address, new Dictionary<string, string> { ["ETag"] = facts.Md5, ["X-Delete-After"] = $"{KeptSeconds}" }, ticket);
    }

    /// <inheritdoc/>
    public async Task TakeUpload(string path, Guid ticket, UploadFacts facts, CancellationToken stop)
    {
        if ((await Find(path, stop))?.Sha256 == facts.Sha256)
            return; // it was taken before
        var (sent, segment) = (UploadOf(path, ticket), $"{Segments}/{path}/{Guid.NewGuid():N}/000000");
        using var copied = await client.Send(HttpMethod.Put, At(segment), stop, [("X-Copy-From", $"/{At(sent)}"), ("X-Fresh-Metadata", "true"), .. Lifetime(days: 1)], within: StorePatience.ForCopy(facts.Size));
        if (!Exists(copied) || !await PutManifest(path, segment, facts, stop))
        {
            await Delete(At(segment), stop);
            if ((await Find(path, stop))?.Sha256 == facts.Sha256)
                return; // taken meanwhile, by the same call sent again
            throw new RefusedException(RefusalCode.Invalid, "No file of this size and MD5 was sent there; send it again, or to this server.");
        }
        await Delete(At(sent), stop);
    }

    /// <inheritdoc/>
    public async Task<int> DropUploads(DateTimeOffset before, CancellationToken stop)
    {
        var dropped = 0;
        await Parallel.ForEachAsync(List(Uploads, stop).Where(f => f.LastModified < before), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (found, token) =>
        {
            await Delete(At(found.Path), token);
            Interlocked.Increment(ref dropped);
        });
        return dropped;
    }

    // False where the segment is another than was said.
    private async Task<bool> PutManifest(string path, string segment, UploadFacts facts, CancellationToken stop)
    {
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new[] { new { path = $"/{settings.Container}/{segment}", etag = facts.Md5, size_bytes = facts.Size } });
        using var answer = await client.Send(
            HttpMethod.Put, $"{At(path)}?multipart-manifest=put", stop, [(Sha256Header, facts.Sha256), ContentType(path), .. Lifetime(0)], () => new ByteArrayContent(manifest));
        if (answer.StatusCode == HttpStatusCode.BadRequest)
            return false;
        Stored(answer);
        return true;
    }

    private async Task<Uri> Sign(HttpMethod method, string path, TimeSpan validFor, CancellationToken stop) =>
        TempUrl.Sign(method, await client.Storage(stop), settings.PublicUrl, $"{settings.Container}/{path}", settings.TempUrlKey, clock.GetUtcNow() + validFor);

    private static string UploadOf(string path, Guid ticket) => $"{Uploads}/{path}/{ticket:N}";
}
