using Debci.Domain;

namespace Debci.Api.Keys;

/// <summary>The caller of an HTTP request: by <c>Authorization: Bearer</c>, or by debci's <c>Auth-Key</c>.</summary>
public static class CallerOfRequest
{
    /// <summary>Finds out who calls, once a request. A key that is not known is refused, also where none would be needed: its sender is in error.</summary>
    public static void UseCallers(this WebApplication app) => app.Use(async (http, next) =>
    {
        http.Items[typeof(Caller)] = await LookUp(http)
            ?? throw new RefusedException(RefusalCode.KeyRequired, "This key is not known here; ask an operator for one (`debci key create`).");
        await next(http);
    });

    /// <summary>Who calls, as it is known now; null for a key that is not known (any more).</summary>
    public static async Task<Caller?> LookUp(HttpContext http) => KeyOf(http.Request) is { } key
        ? await http.RequestServices.GetRequiredService<AccessKeys>().Find(key, http.RequestAborted)
        : Keys.Caller.Anonymous;

    /// <summary>Who calls.</summary>
    public static Caller Caller(this HttpContext http) => http.Items[typeof(Caller)] as Caller ?? Keys.Caller.Anonymous;

    /// <summary>Refuses a caller without the scope, for calls that are no commands.</summary>
    public static void MustHave(this HttpContext http, Scope scope)
    {
        if (ScopeCheck.Refuse(http.Caller(), scope) is { } refusal)
            throw new RefusedException(refusal);
    }

    /// <summary>The key in <c>Bearer KEY</c>; null when it is something else.</summary>
    public static string? BearerIn(string authorization)
    {
        const string bearer = "Bearer ";
        return authorization.StartsWith(bearer, StringComparison.OrdinalIgnoreCase) ? authorization[bearer.Length..].Trim() : null;
    }

    private static string? KeyOf(HttpRequest request) =>
        BearerIn(request.Headers.Authorization.ToString()) ?? (request.Headers.TryGetValue("Auth-Key", out var key) ? key.ToString() : null);
}
