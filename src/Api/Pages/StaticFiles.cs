using System.Reflection;
using System.Security.Cryptography;

namespace Debci.Api.Pages;

/// <summary>Stylesheets and scripts, carried inside the program. Their addresses hold a hash of their content, so that browsers keep them for ever.</summary>
public sealed class StaticFiles
{
    private const string Prefix = "static/";
    private readonly Dictionary<string, (byte[] Content, string Address)> files = [];

    /// <summary>Reads them all.</summary>
    public StaticFiles()
    {
        var program = Assembly.GetExecutingAssembly();
        foreach (var resource in program.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var content = program.GetManifestResourceStream(resource)!;
            var bytes = new byte[content.Length];
            content.ReadExactly(bytes);
            var name = resource[Prefix.Length..];
            files[name] = (bytes, $"/static/{name}?v={Convert.ToHexStringLower(SHA256.HashData(bytes))[..12]}");
        }
    }

    /// <summary>The address of a file.</summary>
    public string Address(string name) => files[name].Address;

    /// <summary>Maps <c>/static/…</c>.</summary>
    public void MapTo(IEndpointRouteBuilder routes) => routes.MapGet("/static/{**name}", (string name, HttpContext http) =>
    {
        if (!files.TryGetValue(name, out var file))
            return Results.NotFound();
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = file.Address.EndsWith($"?v={http.Request.Query["v"]}", StringComparison.Ordinal) ? "public, max-age=31536000, immutable" : "no-cache";
        return Results.Bytes(file.Content, TypeOf(name));
    });

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".css" => "text/css; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
