using System.Text;
using Debci.Api.Replay;
using Debci.Projections;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace Debci.Api.Pages;

/// <summary>Renders pages inside their frame, with the headers that every page has.</summary>
public sealed class PageRenderer(IServiceProvider services, ILoggerFactory loggers, ReadPosition position, GraphQL.Positions positions, GraphQL.AsOf moments, StaticFiles files, TimeProvider clock, Past? past = null)
{
    /// <summary>Nothing is loaded from elsewhere, nothing runs or styles that is not a file of ours: a log or a name cannot become a script.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

    /// <summary>Everything that a page shows is at least as new as this; taken before its data are read.</summary>
    public string Position => positions.Show(position.Current);

    /// <summary>The moment that a page is asked for; null for now.</summary>
    /// <exception cref="Debci.Domain.RefusedException">There is no such moment, or not yet.</exception>
    public async Task<PageMoment?> MomentOf(string? asOf, CancellationToken cancellation) =>
        await moments.Read(asOf, cancellation) is { } moment ? new PageMoment(moment.Position, positions.Show(moment.Position), moment.At) : null;

    /// <summary>Answers with a page.</summary>
    /// <param name="http">The call.</param>
    /// <param name="page">What to show.</param>
    /// <param name="seen">The position before its data were read: the live script goes on from there.</param>
    public async Task Write(HttpContext http, Page page, string seen)
    {
        var html = await Render<Frame>(new()
        {
            [nameof(Frame.Page)] = page, [nameof(Frame.Seen)] = page.AsOf?.Text ?? seen, [nameof(Frame.Now)] = page.AsOf?.At ?? clock.GetUtcNow(), [nameof(Frame.Files)] = files,
            [nameof(Frame.Past)] = past,
        });
        http.Response.StatusCode = page.Status;
        await Write(http, "<!DOCTYPE html>\n" + html);
    }

    /// <summary>Answers with a part of a page, for a script to put in its place.</summary>
    public async Task WritePart<T>(HttpContext http, Dictionary<string, object?> parameters) where T : IComponent =>
        await Write(http, await Render<T>(parameters));

    private async Task<string> Render<T>(Dictionary<string, object?> parameters) where T : IComponent
    {
        await using var renderer = new HtmlRenderer(services, loggers);
        return await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters))).ToHtmlString());
    }

    private static Task Write(HttpContext http, string html)
    {
        SetHeaders(http.Response);
        http.Response.ContentType = "text/html; charset=utf-8";
        return http.Response.WriteAsync(html, Encoding.UTF8, http.RequestAborted);
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
