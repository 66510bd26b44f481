using System.Net;
using System.Text;
using System.Text.Json;
using Debci.EventLog;

namespace Debci.Api.Files.Swift;

/// <summary>A token, and where it is for.</summary>
/// <param name="Value">Goes into the header <c>X-Auth-Token</c>, and nowhere else.</param>
/// <param name="Storage">The account's address, such as <c>http://127.0.0.1:8080/v1/AUTH_test</c>, without a slash at its end.</param>
internal sealed record SwiftToken(string Value, string Storage);

/// <summary>Gets tokens, one for all callers, and another when Swift says that it is none any more. Passwords stay in here.</summary>
/// <param name="settings">Whose, and from where.</param>
/// <param name="http">Makes the calls.</param>
internal sealed class SwiftTokens(SwiftSettings settings, HttpClient http)
{
    private readonly Turns turns = new();
    private SwiftToken? current;

    /// <summary>The token.</summary>
    /// <exception cref="HttpRequestException">There is no answer, or none that can be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The user or the password is refused.</exception>
    public async Task<SwiftToken> Get(CancellationToken stop)
    {
        if (current is { } known)
            return known;
        using var turn = await turns.Take(stop);
        return current ??= settings.IsKeystone ? await AskKeystone(stop) : await AskV1(stop);
    }

    /// <summary>This one does not count any more.</summary>
    public void Drop(SwiftToken token) => Interlocked.CompareExchange(ref current, null, token);

    private async Task<SwiftToken> AskV1(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, settings.Auth);
        request.Headers.Add("X-Auth-User", settings.User);
        request.Headers.Add("X-Auth-Key", settings.Password);
        using var answer = await http.SendAsync(request, stop);
        Check(answer);
        return new SwiftToken(Header(answer, "X-Auth-Token"), Header(answer, "X-Storage-Url").TrimEnd('/'));
    }

    private async Task<SwiftToken> AskKeystone(CancellationToken stop)
    {
        var body = JsonSerializer.Serialize(new
        {
            auth = new
            {
                identity = new { methods = new[] { "password" }, password = new { user = new { name = settings.User, password = settings.Password, domain = new { name = settings.UserDomain } } } },
                scope = new { project = new { name = settings.Project, domain = new { name = settings.ProjectDomain } } },
            },
        });
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var answer = await http.PostAsync($"{settings.Auth.TrimEnd('/')}/auth/tokens", content, stop);
        Check(answer);
        using var token = JsonDocument.Parse(await answer.Content.ReadAsStreamAsync(stop));
        return new SwiftToken(Header(answer, "X-Subject-Token"), StorageIn(token.RootElement).TrimEnd('/'));
    }

    private string StorageIn(JsonElement answer)
    {
        try
        {
            return answer.GetProperty("token").GetProperty("catalog").EnumerateArray().Where(s => s.GetProperty("type").GetString() == "object-store")
                .SelectMany(s => s.GetProperty("endpoints").EnumerateArray())
                .First(e => e.GetProperty("interface").GetString() == "public" && (settings.Region.Length == 0 || e.GetProperty("region").GetString() == settings.Region))
                .GetProperty("url").GetString()!;
        }
        catch (Exception missing) when (missing is KeyNotFoundException or InvalidOperationException)
        {
            throw new HttpRequestException($"the catalog that Keystone gave has no public object-store{(settings.Region.Length == 0 ? "" : $" in the region {settings.Region}")}", missing);
        }
    }

    private static void Check(HttpResponseMessage answer)
    {
        if (answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            throw new UnauthorizedAccessException();
        if (!answer.IsSuccessStatusCode)
            throw new HttpRequestException($"it gives no token and answers {(int)answer.StatusCode}");
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? values.First() : throw new HttpRequestException($"its answer lacks the header {name}; is [files.swift] auth right?");
}
