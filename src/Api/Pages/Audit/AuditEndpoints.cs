using Debci.Api.Keys;
using Debci.Api.Rest;
using Debci.Domain;

namespace Debci.Api.Pages.Audit;

/// <summary>
/// <c>/audit</c>, for operators: by a key in the header, or in a browser that has signed in. The cookie is sent to this address alone, and
/// forms are taken from pages of this server alone.
/// </summary>
internal static class AuditEndpoints
{
    private const string Cookie = "debci-session";
    private const string Address = "/audit";

    public static void MapAudit(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Address, Show);
        routes.MapPost($"{Address}/sign-in", SignIn);
        routes.MapPost($"{Address}/sign-out", SignOut);
    }

    private static async Task Show(HttpContext http, AuditPage page, Sessions sessions, PageRenderer renderer)
    {
        var session = http.Request.Cookies[Cookie] is { } token ? await sessions.Of(token, http.RequestAborted) : null;
        var caller = http.Caller().Has(Scope.Admin) ? http.Caller() : session;
        await Write(http, renderer, caller?.Has(Scope.Admin) != true ? SignInPage(null)
            : await PageEndpoints.Load(() => page.Load(http.Request.Query, caller, isSession: caller == session, http.RequestAborted)));
    }

    private static async Task SignIn(HttpContext http, Sessions sessions, PageRenderer renderer)
    {
        MustBeOurs(http.Request);
        try
        {
            var token = await sessions.Begin((await TestCalls.Form(http))["key"].ToString().Trim(), http.RequestAborted);
            if (http.Request.Cookies[Cookie] is { } before)
                await sessions.End(before, http.RequestAborted); // nobody will show it again
            http.Response.Cookies.Append(Cookie, token, Options(http.Request, Sessions.Length));
            http.Response.StatusCode = 303;
            http.Response.Headers.Location = Address;
        }
        catch (RefusedException refused)
        {
            await Write(http, renderer, SignInPage(refused.Refusal.Sentence) with { Status = 403 });
        }
    }

    private static async Task SignOut(HttpContext http, Sessions sessions)
    {
        MustBeOurs(http.Request);
        if (http.Request.Cookies[Cookie] is { } token)
            await sessions.End(token, http.RequestAborted);
        http.Response.Cookies.Delete(Cookie, Options(http.Request, null));
        http.Response.StatusCode = 303;
        http.Response.Headers.Location = Address;
    }

    private static Page SignInPage(string? refusal) => new("Audit", typeof(SignIn), new SignInView(refusal), AuditPage.Query);

    // Who is on the page may look at it; it is not kept for who comes after.
    private static Task Write(HttpContext http, PageRenderer renderer, Page page)
    {
        http.Response.OnStarting(() =>
        {
            http.Response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        });
        return renderer.Write(http, page, renderer.Position);
    }

    private static CookieOptions Options(HttpRequest request, TimeSpan? length) => new()
    {
        HttpOnly = true, SameSite = SameSiteMode.Strict, Path = Address, MaxAge = length, IsEssential = true,
        Secure = request.IsHttps || request.Headers["X-Forwarded-Proto"] == "https", // what ends TLS in front of this server says so
    };

    // A browser says where a form comes from; a program that says nothing carries nobody's cookies.
    private static void MustBeOurs(HttpRequest request)
    {
        var site = request.Headers["Sec-Fetch-Site"].ToString();
        var origin = request.Headers.Origin.ToString();
        if (site is not ("" or "same-origin" or "none") || (origin.Length > 0 && !(Uri.TryCreate(origin, UriKind.Absolute, out var from) && from.Authority == request.Host.Value)))
            throw new RefusedException(RefusalCode.NotAllowed, "This form was sent from another site; open /audit here and send it from there.");
    }
}

/// <summary>What the form for signing in shows.</summary>
/// <param name="Refusal">Why the last attempt came to nothing.</param>
public sealed record SignInView(string? Refusal);
