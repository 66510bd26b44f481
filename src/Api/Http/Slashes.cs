namespace Debci.Api.Http;

/// <summary>Reads <c>//api/v1/test</c> as <c>/api/v1/test</c>: britney joins a base that ends in a slash with a path that begins with one.</summary>
internal static class Slashes
{
    public static void UseSingleSlashes(this WebApplication app) => app.Use((http, next) =>
    {
        if (http.Request.Path.Value is { } path && path.Contains("//", StringComparison.Ordinal))
            http.Request.Path = "/" + string.Join('/', path.Split('/', StringSplitOptions.RemoveEmptyEntries)) + (path.EndsWith('/') && path.Any(c => c != '/') ? "/" : "");
        return next(http);
    });
}
