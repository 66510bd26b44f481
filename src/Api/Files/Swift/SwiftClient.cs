using System.Net;
using System.Text.Json;

namespace Debci.Api.Files.Swift;

/// <summary>
/// Calls of Swift's API, each with a token. A token that is none any more is renewed, once, and the call repeated: all calls may be repeated.
/// Whatever is no answer to the call itself ends in <see cref="FileStoreAwayException"/>.
/// </summary>
internal sealed class SwiftClient : IDisposable
{
    private readonly SwiftSettings settings;
    private readonly SwiftTokens tokens;
    private readonly HttpClient http = new(new SocketsHttpHandler
    {
        ConnectTimeout = TimeSpan.FromSeconds(5), PooledConnectionLifetime = TimeSpan.FromMinutes(5), MaxConnectionsPerServer = 64, AllowAutoRedirect = false, UseProxy = false,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    public SwiftClient(SwiftSettings settings, TimeProvider clock)
    {
        this.settings = settings;
        Patience = new StorePatience(Away, clock);
        tokens = new SwiftTokens(settings, http);
    }

    /// <summary>How long it is waited for.</summary>
    public StorePatience Patience { get; }

    /// <summary>What it is and where; no secrets.</summary>
    public string Name => $"Swift at {new Uri(settings.Auth).GetLeftPart(UriPartial.Authority)}, container {settings.Container}";

    /// <summary>The account's address, by the token.</summary>
    public async Task<string> Storage(CancellationToken stop) => (await Guarded(tokens.Get, stop)).Storage;

    /// <summary>One call; its answer when its headers are there. 2xx, 400, 404, 409 and 422 are for the caller to tell apart.</summary>
    /// <param name="method">Which.</param>
    /// <param name="place">Container and object, each part encoded; a query behind it, if any.</param>
    /// <param name="stop">Gives up.</param>
    /// <param name="headers">Further headers.</param>
    /// <param name="body">Makes the body, anew for each try.</param>
    /// <param name="within">How long it may take; a large body takes longer than <see cref="StorePatience.ForAnswer"/>.</param>
    public async Task<HttpResponseMessage> Send(
        HttpMethod method, string place, CancellationToken stop, IEnumerable<(string Name, string Value)>? headers = null, Func<HttpContent>? body = null, TimeSpan? within = null)
    {
        for (var first = true; ; first = false)
        {
            var (answer, token) = await Guarded(limited => SendOnce(method, place, headers, body, limited), stop, within);
            if (answer.StatusCode == HttpStatusCode.Unauthorized && first)
            {
                answer.Dispose();
                tokens.Drop(token);
                continue;
            }
            if (answer.IsSuccessStatusCode || answer.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity)
                return answer;
            using (answer)
            {
                throw Away(answer.StatusCode switch
                {
                    HttpStatusCode.Unauthorized => Refused,
                    HttpStatusCode.Forbidden => $"it forbids the user {settings.User} to {method.Method} in this container",
                    HttpStatusCode.RequestEntityTooLarge or HttpStatusCode.InsufficientStorage => "it has no room left for this account or container",
                    var status => $"it answers {(int)status}",
                });
            }
        }
    }

    /// <summary>Reads an answer's body as JSON.</summary>
    public Task<T?> Json<T>(HttpResponseMessage answer, CancellationToken stop) =>
        Guarded(async limited => await JsonSerializer.DeserializeAsync<T>(await answer.Content.ReadAsStreamAsync(limited), JsonSerializerOptions.Web, limited), stop);

    /// <summary>A part of an address.</summary>
    public static string Encode(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    /// <summary>That it is away.</summary>
    public FileStoreAwayException Away(string why, Exception? inner = null) => new(Name, why, inner);

    /// <inheritdoc/>
    public void Dispose() => http.Dispose();

    private string Refused => $"it refuses the user {settings.User}; check [files.swift] user and password";

    private async Task<(HttpResponseMessage, SwiftToken)> SendOnce(
        HttpMethod method, string place, IEnumerable<(string Name, string Value)>? headers, Func<HttpContent>? body, CancellationToken stop)
    {
        var token = await tokens.Get(stop);
        using var request = new HttpRequestMessage(method, $"{token.Storage}/{place}") { Content = body?.Invoke() };
        request.Headers.Add("X-Auth-Token", token.Value);
        foreach (var (name, value) in headers ?? [])
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                request.Content ??= new ByteArrayContent([]);
                request.Content.Headers.TryAddWithoutValidation(name, value);
            }
        }
        return (await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop), token);
    }

    private Task<T> Guarded<T>(Func<CancellationToken, Task<T>> call, CancellationToken stop, TimeSpan? within = null) => Patience.Limit(limited => Translated(call, limited), within ?? StorePatience.ForAnswer, stop);

    private async Task<T> Translated<T>(Func<CancellationToken, Task<T>> call, CancellationToken stop)
    {
        try
        {
            return await call(stop);
        }
        catch (UnauthorizedAccessException refused)
        {
            throw Away(Refused, refused);
        }
        catch (Exception failure) when (failure is HttpRequestException or (IOException and not FileStoreAwayException) or JsonException or InvalidOperationException or UriFormatException or NotSupportedException) // of an address that is none, too
        {
            throw Away(failure.Message.TrimEnd('.'), failure);
        }
    }
}
