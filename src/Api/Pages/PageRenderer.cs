using System.Text;
using Debci.Projections;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Debci.Api.Pages;

/// <summary>Renders pages inside their frame, with the headers that every page has.</summary>
public sealed class PageRenderer(IServiceProvider services, ILoggerFactory loggers, ReadPosition position, GraphQL.Positions positions, StaticFiles files, TimeProvider clock)
{
    /// <summary>Nothing is loaded from elsewhere, nothing runs or styles that is not a file of ours: a log or a name cannot become a script.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Everything that a page shows is at least as new as this; taken before its data are read.</summary>
    public string Position => positions.Show(position.Current);

    /// <summary>Answers with a page.</summary>
    /// <param name="http">The call.</param>
    /// <param name="page">What to show.</param>
    /// <param name="seen">The position before its data were read: the live script goes on from there.</param>
    public async Task Write(HttpContext http, Page page, string seen)
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        var frame = ParameterView.FromDictionary(new Dictionary<string, object?>
        {
            [nameof(Frame.Page)] = page, [nameof(Frame.Seen)] = seen, [nameof(Frame.Now)] = clock.GetUtcNow(), [nameof(Frame.Files)] = files,
        });
        var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<Frame>(frame)).ToHtmlString());
        SetHeaders(http.Response);
        http.Response.StatusCode = page.Status;
        http.Response.ContentType = "text/html; charset=utf-8";
        await http.Response.WriteAsync("<!DOCTYPE html>\n" + html, Encoding.UTF8, http.RequestAborted);
    }

    /// <summary>The headers that keep a page to itself.</summary>
    public static void SetHeaders(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers["Referrer-Policy"] = "same-origin";
        response.Headers.CacheControl = "no-cache";
    }
}
