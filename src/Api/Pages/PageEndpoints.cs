using Debci.Api.Http;
using Debci.Api.Keys;
using Debci.Api.Pages.Audit;
using Debci.Api.Pages.Home;
using Debci.Api.Pages.Log;
using Debci.Api.Pages.Packages;
using Debci.Api.Pages.Queue;
using Debci.Api.Pages.Runs;
using Debci.Api.Pages.Statistics;
using Debci.Api.Pages.Suites;
using Debci.Api.Pages.Workers;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages;

/// <summary>The addresses of the pages. Each page reads with the same queries as GraphQL.</summary>
public static class PageEndpoints
{
    /// <summary>Maps the pages and their files.</summary>
    public static void MapPages(this IEndpointRouteBuilder routes)
    {
        routes.ServiceProvider.GetRequiredService<StaticFiles>().MapTo(routes);
        routes.MapGet("/", (HttpContext http, PageRenderer renderer, HomePage page) =>
            Answer(http, renderer, viewer => page.Load(viewer, http.RequestAborted)));
        routes.MapGet("/search", (string? q, HttpContext http, PageRenderer renderer, SearchPage page) =>
            Answer(http, renderer, _ => page.Load(q, http.RequestAborted)));
        routes.MapGet("/packages/{package}", async (string package, HttpContext http, PageRenderer renderer, PackagePage page, PackagesQueries packages) =>
        {
            if (await Bookmarks.OfPrefix(package, packages, http.RequestAborted) is { } list)
                http.Response.Redirect(list);
            else
                await AnswerAsOf(http, renderer, (viewer, asOf) => page.Load(package, asOf, viewer, http.RequestAborted));
        });
        routes.MapGet("/packages/{package}/{suite}/{arch}", (string package, string suite, string arch, string? after, HttpContext http, PageRenderer renderer, HistoryPage page) =>
            AnswerAsOf(http, renderer, (viewer, asOf) => page.Load(package, suite, arch, after, asOf, viewer, http.RequestAborted)));
        routes.MapGet("/suites/{suite}/{arch}", (string suite, string arch, HttpContext http, PageRenderer renderer, SuitePage page) =>
            AnswerAsOf(http, renderer, (_, asOf) => page.Load(Asked(suite, arch, http.Request.Query), http.Request.Query["after"], asOf, http.RequestAborted)));
        routes.MapGet("/runs/{run:long}", (long run, int? line, HttpContext http, PageRenderer renderer, RunPage page) =>
            Answer(http, renderer, viewer => page.Load(run, line ?? 0, viewer, http.RequestAborted)));
        routes.MapLogs();
        routes.MapGet("/queue", (string? suite, string? arch, string? after, HttpContext http, PageRenderer renderer, QueuePage page) =>
            AnswerAsOf(http, renderer, (viewer, asOf) => page.Load(suite, arch, after, asOf, viewer, http.RequestAborted)));
        routes.MapGet("/workers", (HttpContext http, PageRenderer renderer, WorkersPage page) =>
            Answer(http, renderer, viewer => page.Load(viewer, http.RequestAborted)));
        routes.MapStatistics();
        routes.MapAudit();
        routes.MapBookmarks();
    }

    /// <summary>Answers with a page of now.</summary>
    internal static async Task Answer(HttpContext http, PageRenderer renderer, Func<Viewer, Task<Page>> load)
    {
        var seen = renderer.Position; // before the data: what happens meanwhile comes twice rather than never
        await renderer.Write(http, await Load(() => load(http.Caller().Viewer)), seen);
    }

    // A page of a moment follows nothing, and begins its list anew when it comes back to now.
    private static Task AnswerAsOf(HttpContext http, PageRenderer renderer, Func<Viewer, PageMoment?, Task<Page>> load) => Answer(http, renderer, async viewer =>
    {
        if (await renderer.MomentOf(http.Request.Query["asOf"], http.RequestAborted) is not { } asOf)
            return await load(viewer, null);
        var parameters = http.Request.Query.Where(q => q.Key is not ("asOf" or "after")).SelectMany(q => q.Value.Select(v => (q.Key, v)));
        return await load(viewer, asOf) with { Live = null, AsOf = asOf, Now = Addresses.With(http.Request.PathBase + http.Request.Path.ToUriComponent(), [.. parameters]) };
    });

    /// <summary>A page, or in its place the reason why there is none.</summary>
    internal static async Task<Page> Load(Func<Task<Page>> load)
    {
        try
        {
            return await load();
        }
        catch (RefusedException refused)
        {
            var status = refused.Refusal.Code is RefusalCode.UnknownSuite or RefusalCode.UnknownArch ? 404 : RefusalAnswers.StatusOf(refused.Refusal.Code);
            return Page.Refused(status, refused.Refusal.Sentence);
        }
        catch (Npgsql.PostgresException failure) when (RefusalAnswers.IsUnstorableText(failure))
        {
            return Page.Refused(400, RefusalAnswers.UnstorableText);
        }
    }

    private static IndexQuestion Asked(string suite, string arch, IQueryCollection query) => new(suite, arch,
        Word<Status>(query["status"], "status"), string.IsNullOrEmpty(query["name"]) ? null : query["name"].ToString().ToLowerInvariant(),
        Word<IndexOrder>(query["sort"], "sort") ?? IndexOrder.Package, query.ContainsKey("down"));

    /// <summary>A value by its word, in whatever case; null where none is given.</summary>
    /// <exception cref="RefusedException">There is no such value.</exception>
    internal static T? Word<T>(string? word, string name) where T : struct, Enum => string.IsNullOrEmpty(word) ? null
        : Enum.GetValues<T>().Cast<T?>().FirstOrDefault(value => string.Equals($"{value}", word, StringComparison.OrdinalIgnoreCase))
            ?? throw new RefusedException(RefusalCode.Invalid, $"There is no {name} {StoredText.Quote(word)}; choose one of {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.", name);
}
