using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Debci.Api.Files.Swift;

/// <summary>
/// Files as objects of one container. A file above <see cref="Inline"/> is a static large object: its bytes are segments elsewhere in
/// the container, and its address holds a manifest. So a file that stands at two addresses is stored once, and one above 5 GiB can be.
/// </summary>
/// <param name="settings">How it is reached.</param>
/// <param name="clock">Ends links, and measures how long it is waited for.</param>
internal sealed partial class SwiftStore(SwiftSettings settings, TimeProvider clock) : IDisposable
{
    /// <summary>Larger files are large objects; smaller ones are copied with less work than a manifest is.</summary>
    public const long Inline = 1 << 20;

    private const string Sha256Header = "X-Object-Meta-Sha256";
    // Not in a container of their own: an address that is signed with a container's key opens what that container holds, and nothing else.
    private const string Segments = "segments";
    private const int AtOnce = 8;
    private const int Page = 10_000;
    private readonly SwiftClient client = new(settings, clock);
    private volatile bool prepared;

    /// <inheritdoc/>
    public string Name => client.Name;

    /// <inheritdoc/>
    public async Task Check(CancellationToken stop)
    {
        using var answer = await client.Send(HttpMethod.Head, Container, stop);
        if (answer.StatusCode == HttpStatusCode.NotFound || !prepared)
            await Prepare(stop);
    }

    /// <inheritdoc/>
    public async Task Put(string path, AsideFile file, CancellationToken stop)
    {
        var (parts, sha256) = await FilePart.Of(file.Path, settings.SegmentBytes, stop);
        var meta = (Sha256Header, sha256);
        if (parts.Count == 1 && parts[0].Size <= Inline)
            await PutObject(At(path), parts[0], [meta, ContentType(path)], Lifetime(0), stop);
        else
            await PutLarge(path, parts, meta, stop);
    }

    /// <inheritdoc/>
    public async Task<StoredFile?> Find(string path, CancellationToken stop)
    {
        using var answer = await client.Send(HttpMethod.Head, At(path), stop);
        return Exists(answer)
            ? new StoredFile(path, answer.Content.Headers.ContentLength ?? 0, answer.Content.Headers.LastModified ?? default, answer.Headers.TryGetValues(Sha256Header, out var sha256) ? sha256.First() : null)
            : null;
    }

    /// <inheritdoc/>
    public async Task<Stream?> Open(string path, CancellationToken stop) =>
        await Find(path, stop) is { } found ? new RangeStream(found.Size, client.Patience, (from, given) => Range(path, from, given)) : null;

    /// <inheritdoc/>
    public Task Show(string folder, string inFolder, IReadOnlyList<string> names, CancellationToken stop) => Task.WhenAll(names.Select(async name =>
    {
        // multipart-manifest=get copies a manifest as one; to any other object it says nothing.
        using var copied = await client.Send(HttpMethod.Put, $"{At($"{inFolder}/{name}")}?multipart-manifest=get", stop, [("X-Copy-From", $"/{At($"{folder}/{name}")}"), ContentType(name)]);
        if (copied.StatusCode == HttpStatusCode.NotFound)
            await Delete(At($"{inFolder}/{name}"), stop);
        else
            Stored(copied);
    }));

    /// <inheritdoc/>
    public async Task DeleteFolder(string folder, CancellationToken stop)
    {
        // First what names segments, then these: a link never leads to half a file.
        foreach (var prefix in (string[])[folder, $"{Segments}/{folder}", $"{Uploads}/{folder}"])
        {
            await Parallel.ForEachAsync(List(prefix, stop), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop },
                async (found, token) => await Delete(At(found.Path), token));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => client.Dispose();

    private async Task PutLarge(string path, IReadOnlyList<FilePart> parts, (string, string) meta, CancellationToken stop)
    {
        var (folder, manifest) = ($"{Segments}/{path}/{Guid.NewGuid():N}", new List<object>());
        for (var number = 0; number < parts.Count; number++)
        {
            var segment = string.Create(CultureInfo.InvariantCulture, $"{folder}/{number:D6}");
            await PutObject(At(segment), parts[number], [], Lifetime(days: 1), stop);
            manifest.Add(new { path = $"/{settings.Container}/{segment}", etag = parts[number].Md5, size_bytes = parts[number].Size });
        }
        var json = JsonSerializer.SerializeToUtf8Bytes(manifest);
        using var answer = await client.Send(
            HttpMethod.Put, $"{At(path)}?multipart-manifest=put", stop, [meta, ContentType(path), .. Lifetime(0)], () => new ByteArrayContent(json));
        Stored(answer);
    }

    private async Task PutObject(string place, FilePart part, IEnumerable<(string, string)> headers, IEnumerable<(string, string)> lifetime, CancellationToken stop)
    {
        for (var first = true; ; first = false)
        {
            using var answer = await client.Send(HttpMethod.Put, place, stop, [("ETag", part.Md5), .. headers, .. lifetime], () => Body(part), StorePatience.ForBody(part.Size));
            if (answer.StatusCode == HttpStatusCode.NotFound && first)
            {
                await Prepare(stop); // no container yet
                continue;
            }
            Stored(answer);
            return;
        }
    }

    private static StreamContent Body(FilePart part)
    {
        var content = new StreamContent(part.Open());
        content.Headers.ContentLength = part.Size;
        return content;
    }

    private async Task<Stream> Range(string path, long from, CancellationToken stop)
    {
        var answer = await client.Send(HttpMethod.Get, At(path), stop, [("Range", string.Create(CultureInfo.InvariantCulture, $"bytes={from}-"))]);
        try
        {
            if (!Exists(answer))
                throw new FileNotFoundException($"{path} was deleted while it was read.");
            if (from > 0 && answer.StatusCode != HttpStatusCode.PartialContent)
                throw client.Away("it gives the whole of a file where a part was asked for");
            return await answer.Content.ReadAsStreamAsync(stop);
        }
        catch
        {
            answer.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<StoredFile> List(string folder, [EnumeratorCancellation] CancellationToken stop)
    {
        for (var marker = ""; ;)
        {
            using var answer = await client.Send(HttpMethod.Get,
                $"{Container}?format=json&limit={Page}&prefix={Uri.EscapeDataString(folder + "/")}&marker={Uri.EscapeDataString(marker)}", stop);
            if (!Exists(answer))
                yield break; // no such container: nothing was ever put
            var page = await client.Json<List<Listed>>(answer, stop) ?? [];
            foreach (var found in page)
                yield return new StoredFile(found.Name, found.Bytes, DateTimeOffset.Parse(found.LastModified + "Z", CultureInfo.InvariantCulture));
            if (page.Count == 0)
                yield break;
            marker = page[^1].Name;
        }
    }

    private sealed record Listed(string Name, long Bytes, [property: System.Text.Json.Serialization.JsonPropertyName("last_modified")] string LastModified);

    private async Task Delete(string place, CancellationToken stop)
    {
        using var answer = await client.Send(HttpMethod.Delete, place, stop);
        Exists(answer); // or did not, which is as good
    }

    // Makes the container; where it is, only the key for links is set.
    private async Task Prepare(CancellationToken stop)
    {
        IEnumerable<(string, string)> key = settings.TempUrlKey.Length > 0 ? [("X-Container-Meta-Temp-URL-Key", settings.TempUrlKey)] : [];
        using var answer = await client.Send(HttpMethod.Put, Container, stop, key);
        Stored(answer);
        prepared = true;
    }

    // In step with nothing: whoever sets this wants files gone whatever the policy says (ops/file-stores.md). Segments outlast their manifest.
    private IEnumerable<(string, string)> Lifetime(int days) => settings.DeleteAfterDays == 0 ? []
        : [("X-Delete-After", string.Create(CultureInfo.InvariantCulture, $"{(settings.DeleteAfterDays + days) * 86_400L}"))];

    // Only 404 says that something is not there; whatever else is no success says nothing of that.
    private bool Exists(HttpResponseMessage answer)
    {
        if (answer.StatusCode == HttpStatusCode.NotFound)
            return false;
        Stored(answer);
        return true;
    }

    private void Stored(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode)
            throw client.Away(answer.StatusCode == HttpStatusCode.UnprocessableEntity ? "what was sent came there damaged" : $"it answers {(int)answer.StatusCode}");
    }

    private string At(string path) => $"{Container}/{SwiftClient.Encode(path)}";

    private string Container => Uri.EscapeDataString(settings.Container);

    private static (string, string) ContentType(string path) => ("Content-Type", StorePath.ContentTypeOf(path));
}
