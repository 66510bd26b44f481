using System.Net;
using System.Text.Json;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Debci.Api.Tests.Pages;

/// <summary>A page as a browser gets it.</summary>
internal sealed record Visit(HttpResponseMessage Answer, IDocument Page)
{
    public HttpStatusCode Status => Answer.StatusCode;

    /// <summary>The text of what a selector finds first, its blanks made one each.</summary>
    public string Text(string selector) =>
        string.Join(' ', (Page.QuerySelector(selector)?.TextContent ?? "").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>The address of the first link with such a text.</summary>
    public string Link(string text) => Page.QuerySelectorAll("a").First(a => a.TextContent.Contains(text, StringComparison.Ordinal)).GetAttribute("href")!;

    /// <summary>What the page follows.</summary>
    public JsonElement Live => JsonSerializer.Deserialize<JsonElement>(Page.Body!.GetAttribute("data-live")!);
}

/// <summary>Visiting pages.</summary>
internal static class Browsing
{
    public static async Task<Visit> Visit(this HttpClient client, string address)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        request.Headers.Accept.ParseAdd("text/html,application/xhtml+xml");
        var answer = await client.SendAsync(request);
        return new Visit(answer, new HtmlParser().ParseDocument(await answer.Content.ReadAsStringAsync()));
    }
}
