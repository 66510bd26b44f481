using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Debci.Api.GraphQL.Explorer;

/// <summary>
/// GraphiQL for people, at the address that programs use. Everything it loads is in this program; the policy lets in nothing else, no
/// script and no style that stands in the page itself, and no page around it.
/// </summary>
public static class ExplorerPage
{
    private const string Files = "/vendor/graphiql";
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    private const string Page = $"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>GraphQL – debci</title>
        <link rel="icon" href="data:,">
        <link rel="stylesheet" href="{Files}/graphiql.min.css">
        <link rel="stylesheet" href="{Files}/explorer.css">
        </head>
        <body>
        <div id="explorer"><p>GraphiQL needs JavaScript. Programs send their queries here by POST or GET.</p></div>
        <script src="{Files}/react.production.min.js"></script>
        <script src="{Files}/react-dom.production.min.js"></script>
        <script src="{Files}/graphiql.min.js"></script>
        <script src="{Files}/graphql-ws.min.js"></script>
        <script src="{Files}/explorer.js"></script>
        </body>
        </html>
        """;

    private static readonly FrozenDictionary<string, (byte[] Bytes, EntityTagHeaderValue Tag)> Served = Load();

    /// <summary>Answers with the page. It takes <c>query</c> and <c>variables</c> from its address by itself, and does not run them.</summary>
    public static Task Write(HttpContext http)
    {
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.Headers.ContentSecurityPolicy = Policy;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers["Referrer-Policy"] = "no-referrer";
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.Vary = "Accept";
        return http.Response.WriteAsync(Page, http.RequestAborted);
    }

    /// <summary>Maps what the page loads. A browser keeps the files, and asks each time whether they are still the same.</summary>
    public static void MapExplorer(this IEndpointRouteBuilder routes) => routes.MapGet(Files + "/{name}", (string name, HttpContext http) =>
    {
        if (!Served.TryGetValue(name, out var file))
            return Results.NotFound();
        http.Response.Headers.CacheControl = "no-cache";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        return Results.Bytes(file.Bytes, name.EndsWith(".css", StringComparison.Ordinal) ? "text/css" : "text/javascript; charset=utf-8", entityTag: file.Tag);
    });

    private static FrozenDictionary<string, (byte[], EntityTagHeaderValue)> Load()
    {
        const string prefix = "graphiql/";
        var assembly = typeof(ExplorerPage).Assembly;
        return assembly.GetManifestResourceNames().Where(n => n.StartsWith(prefix, StringComparison.Ordinal)).ToFrozenDictionary(n => n[prefix.Length..], n =>
        {
            using var resource = assembly.GetManifestResourceStream(n)!;
            var bytes = new byte[resource.Length];
            resource.ReadExactly(bytes);
            return (bytes, new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes))}\""));
        });
    }
}
