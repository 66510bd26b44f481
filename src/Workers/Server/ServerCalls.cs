using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Debci.Domain;

namespace Debci.Workers.Server;

/// <summary>One try at a run, as the server counts them.</summary>
/// <param name="Run">The run's number.</param>
/// <param name="Number">1 for the first attempt.</param>
internal readonly record struct AttemptId(long Run, int Number);

/// <summary>
/// The calls of the worker protocol, each made once. Every one ends in its answer, in <see cref="ServerAwayException"/>
/// (make it again, see <see cref="Pauses"/>) or in <see cref="ServerRefusedException"/>. The key goes nowhere but into the header.
/// </summary>
internal sealed class ServerCalls : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan UploadPatience = TimeSpan.FromMinutes(10);
    private readonly HttpClient http;
    private readonly string worker;

    /// <summary>Calls to the server at <paramref name="address"/> in the name of <paramref name="worker"/>.</summary>
    public ServerCalls(Uri address, string key, string worker)
    {
        this.worker = worker;
        // A connection is renewed now and then, so that a server which moved to another address is found.
        var handler = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false };
        http = new HttpClient(handler)
        {
            BaseAddress = new Uri(address.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 16 << 20,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    /// <summary>Asks for a run; null when there was none for as long as the call may wait.</summary>
    public async Task<ClaimAnswer?> ClaimAsync(ClaimCall claim, CancellationToken ct)
    {
        var body = JsonContent.Create(claim, MessageJson.Default.ClaimCall);
        var patience = Patience + TimeSpan.FromSeconds(claim.WaitSeconds);
        return await SendAsync(HttpMethod.Post, "worker/v1/claim", body, MessageJson.Default.ClaimAnswer, patience, ct);
    }

    /// <summary>
    /// Says that the attempt goes on, and how long the lease is from now. The caller says how long it waits: a beat that hangs must
    /// leave time for the next before the lease is over.
    /// </summary>
    public Task<LeaseAnswer> HeartbeatAsync(AttemptId id, TimeSpan patience, CancellationToken ct) =>
        AskAsync(HttpMethod.Post, Address(id, "heartbeat"), null, MessageJson.Default.LeaseAnswer, patience, ct);

    /// <summary>Sends the log's bytes from <paramref name="offset"/> on.</summary>
    public Task<SizeAnswer> LogAsync(AttemptId id, long offset, ReadOnlyMemory<byte> bytes, CancellationToken ct) =>
        AskAsync(HttpMethod.Post, Address(id, "log", offset), new ReadOnlyMemoryContent(bytes), MessageJson.Default.SizeAnswer, Patience, ct);

    /// <summary>Sends a file under its protocol name (artifacts, testbed-packages); the stream is read to its end.</summary>
    public Task<SizeAnswer> PutAsync(AttemptId id, string name, Stream file, CancellationToken ct) =>
        AskAsync(HttpMethod.Put, Address(id, name), new StreamContent(file), MessageJson.Default.SizeAnswer, UploadPatience, ct);

    /// <summary>Asks where the artifacts can be sent to the store itself; null when they cannot.</summary>
    public Task<OfferAnswer?> OfferAsync(AttemptId id, FileFacts facts, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, Address(id, "artifacts/offer"), JsonContent.Create(facts, MessageJson.Default.FileFacts), MessageJson.Default.OfferAnswer, Patience, ct);

    /// <summary>Says that they are there; the answer comes when the store has copied them to their place.</summary>
    public Task<SizeAnswer> SentAsync(AttemptId id, Guid ticket, FileFacts facts, CancellationToken ct) =>
        AskAsync(HttpMethod.Post, $"{Address(id, "artifacts/sent")}&ticket={ticket}", JsonContent.Create(facts, MessageJson.Default.FileFacts), MessageJson.Default.SizeAnswer, UploadPatience, ct);

    /// <summary>Tells how the attempt ended; after the answer the result is stored for good.</summary>
    public Task<ReportAnswer> ReportAsync(AttemptId id, ReportCall report, CancellationToken ct) =>
        AskAsync(HttpMethod.Post, Address(id, "report"), JsonContent.Create(report, MessageJson.Default.ReportCall),
            MessageJson.Default.ReportAnswer, Patience, ct);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private string Address(AttemptId id, string call, long? offset = null) =>
        string.Create(CultureInfo.InvariantCulture,
            $"worker/v1/runs/{id.Run}/attempts/{id.Number}/{call}?worker={Uri.EscapeDataString(worker)}{(offset is null ? "" : $"&offset={offset}")}");

    private async Task<T> AskAsync<T>(
        HttpMethod method, string address, HttpContent? body, JsonTypeInfo<T> form, TimeSpan patience, CancellationToken ct) where T : class =>
        await SendAsync(method, address, body, form, patience, ct)
            ?? throw new ServerAwayException("The server answered without saying anything.");

    private async Task<T?> SendAsync<T>(
        HttpMethod method, string address, HttpContent? body, JsonTypeInfo<T> form, TimeSpan patience, CancellationToken ct) where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(patience);
        using var request = new HttpRequestMessage(method, address) { Content = body };
        try
        {
            using var answer = await http.SendAsync(request, limit.Token);
            if (!answer.IsSuccessStatusCode)
                throw await RefusalAsync(answer, limit.Token);
            return answer.StatusCode == HttpStatusCode.NoContent ? null : await answer.Content.ReadFromJsonAsync(form, limit.Token);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or JsonException)
        {
            throw new ServerAwayException($"The server gave no answer that can be read: {error.Message}", error);
        }
        catch (OperationCanceledException error) when (!ct.IsCancellationRequested)
        {
            throw new ServerAwayException($"The server gave no answer within {patience.TotalSeconds:0} s.", error);
        }
    }

    private static async Task<Exception> RefusalAsync(HttpResponseMessage answer, CancellationToken ct)
    {
        if ((int)answer.StatusCode >= 500 || answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests)
            return new ServerAwayException($"The server answered {(int)answer.StatusCode}.");
        var refusal = await ReadRefusalAsync(answer.Content, ct);
        if (answer.StatusCode == HttpStatusCode.NotFound && refusal?.Code is null)
            return new ServerAwayException("Something answered 404 that is not the server; is its address right, or is it being upgraded?");
        var sentence = $"The server refused ({(int)answer.StatusCode}): {StoredText.Quote(refusal?.Message ?? "no reason given", 300)}";
        return new ServerRefusedException(answer.StatusCode, refusal?.Code ?? "", sentence, refusal?.Size);
    }

    // A proxy before the server refuses in HTML; then the status alone has to tell.
    private static async Task<RefusalAnswer?> ReadRefusalAsync(HttpContent content, CancellationToken ct)
    {
        try
        {
            return await content.ReadFromJsonAsync(MessageJson.Default.RefusalAnswer, ct);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
