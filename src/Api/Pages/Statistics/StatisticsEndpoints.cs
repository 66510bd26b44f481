using Debci.Domain;

namespace Debci.Api.Pages.Statistics;

/// <summary>The pages below <c>/status</c>, at debci's own addresses; what stands there in a path stands here in the query too.</summary>
public static class StatisticsEndpoints
{
    /// <summary>Maps them.</summary>
    public static void MapStatistics(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/status", (string? suite, string? days, HttpContext http, PageRenderer renderer, StatusPage page) =>
            PageEndpoints.Answer(http, renderer, _ => page.Load(Given(suite), Days(days), http.RequestAborted)));
        routes.MapGet("/status/failing", (string? suite, string? after, HttpContext http, PageRenderer renderer, TroublePages pages) =>
            PageEndpoints.Answer(http, renderer, _ => pages.Failing(Given(suite), Given(after), http.RequestAborted)));
        routes.MapGet("/status/platform-specific-issues", (string? suite, string? after, HttpContext http, PageRenderer renderer, TroublePages pages) =>
            PageEndpoints.Answer(http, renderer, _ => pages.PlatformSpecific(Given(suite), Given(after), http.RequestAborted)));
        routes.MapGet("/status/slow", (string? suite, string? arch, string? after, HttpContext http, PageRenderer renderer, SlowPage page) =>
            PageEndpoints.Answer(http, renderer, _ => page.Load(Given(suite), Given(arch), Given(after), http.RequestAborted)));
        routes.MapGet("/status/tmpfails", (string? suite, string? arch, string? cause, string? days, string? after, HttpContext http, PageRenderer renderer, TmpfailsPage page) =>
            PageEndpoints.Answer(http, renderer, _ => page.Load(new TmpfailsAsked(Given(suite), Given(arch), PageEndpoints.Word<Cause>(cause, "cause"), Days(days)), Given(after), http.RequestAborted)));
    }

    // A form sends what is left empty.
    private static string? Given(string? value) => string.IsNullOrEmpty(value) ? null : value;

    private static int? Days(string? text) => string.IsNullOrEmpty(text) ? null : int.TryParse(text, System.Globalization.NumberStyles.None, null, out var days) ? days
        : throw new RefusedException(RefusalCode.Invalid, $"{StoredText.Quote(text)} is no number of days; choose one of the list.", "days");
}
