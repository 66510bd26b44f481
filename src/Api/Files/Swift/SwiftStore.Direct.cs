using System.Net;
using System.Text.Json;
using Debci.Domain;

namespace Debci.Api.Files.Swift;

// By TempURL: browsers fetch an object itself; workers send a segment, to which a manifest is put when they say that it is there.
internal sealed partial class SwiftStore : IDirectStore
{
    /// <inheritdoc/>
    public bool IsDirect => settings.TempUrlKey.Length > 0;

    /// <inheritdoc/>
    public async Task<Uri> LinkTo(string path, TimeSpan validFor, CancellationToken stop) =>
        TempUrl.Sign(HttpMethod.Get, await PublicStorage(stop), $"{settings.Container}/{path}", settings.TempUrlKey, clock.GetUtcNow() + validFor);

    /// <inheritdoc/>
    public async Task<UploadOffer?> OfferUpload(string path, UploadFacts facts, TimeSpan validFor, CancellationToken stop)
    {
        if (facts.Size > settings.SegmentBytes)
            return null;
        var ticket = Guid.NewGuid();
        var address = TempUrl.Sign(HttpMethod.Put, await PublicStorage(stop), $"{settings.Container}/{SegmentOf(path, ticket)}", settings.TempUrlKey, clock.GetUtcNow() + validFor);
        var headers = new Dictionary<string, string> { ["ETag"] = facts.Md5 };
        foreach (var (name, value) in Lifetime(days: 1))
            headers[name] = value;
        return new UploadOffer(address, headers, ticket);
    }

    /// <inheritdoc/>
    public async Task TakeUpload(string path, Guid ticket, UploadFacts facts, CancellationToken stop)
    {
        var manifest = JsonSerializer.SerializeToUtf8Bytes(new[] { new { path = $"/{settings.Container}/{SegmentOf(path, ticket)}", etag = facts.Md5, size_bytes = facts.Size } });
        using var answer = await client.Send(
            HttpMethod.Put, $"{At(path)}?multipart-manifest=put", stop, [(Sha256Header, facts.Sha256), ContentType(path), .. Lifetime(0)], () => new ByteArrayContent(manifest));
        if (answer.StatusCode == HttpStatusCode.BadRequest) // the segment is missing, or another
            throw new RefusedException(RefusalCode.Invalid, "No file of this size and MD5 was sent there; send it again, or to this server.");
        Stored(answer);
    }

    private async Task<string> PublicStorage(CancellationToken stop)
    {
        var storage = await client.Storage(stop);
        return settings.PublicUrl.Length == 0 ? storage : settings.PublicUrl.TrimEnd('/') + new Uri(storage).AbsolutePath;
    }

    private static string SegmentOf(string path, Guid ticket) => $"{Segments}/{path}/{ticket:N}/000000";
}
