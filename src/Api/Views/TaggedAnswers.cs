using System.Security.Cryptography;

namespace Debci.Api.Views;

/// <summary>Small answers that are known by what they are.</summary>
internal static class TaggedAnswers
{
    /// <summary>Answers with a body, or with 304 to a client that has the same.</summary>
    public static async Task AnswerTagged(this HttpContext http, string contentType, byte[] body)
    {
        var tag = $"W/\"{Convert.ToHexStringLower(SHA256.HashData(body).AsSpan(0, 12))}\"";
        http.Response.Headers.ETag = tag;
        http.Response.Headers.CacheControl = "no-cache"; // to be kept, and asked for each time
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.ContentSecurityPolicy = "default-src 'none'";
        if (http.Response.StatusCode == StatusCodes.Status200OK && Freshness.HasTag(http.Request, tag))
            http.Response.StatusCode = StatusCodes.Status304NotModified;
        else if (http.Begin(contentType))
            await http.Response.BodyWriter.WriteAsync(body, http.RequestAborted);
    }
}
