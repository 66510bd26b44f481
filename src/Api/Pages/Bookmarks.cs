using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages;

/// <summary>The addresses of debci's pages, which people have kept and others link to: each leads to what is here in its place.</summary>
public static class Bookmarks
{
    /// <summary>Maps them.</summary>
    public static void MapBookmarks(this IEndpointRouteBuilder routes)
    {
        Lead(routes, "/packages", _ => "/search");
        routes.MapGet("/packages/{prefix}/{package}", (string package) => Results.Redirect(Addresses.Package(package)));
        routes.MapGet("/packages/{prefix}/{package}/{suite}/{arch}", (string package, string suite, string arch) => Results.Redirect(Addresses.History(package, suite, arch)));
        routes.MapGet("/packages/{prefix}/{package}/{suite}/{arch}/{run:long}", (long run) => Results.Redirect(Addresses.Run(run)));
        Lead(routes, "/status/alerts", _ => "/status/tmpfails");
        Lead(routes, "/status/failing/{suite}/{**rest}", suite => Addresses.With("/status/failing", ("suite", suite)));
        Lead(routes, "/status/slow/{suite}/{**rest}", suite => Addresses.With("/status/slow", ("suite", suite)));
        Lead(routes, "/status/platform-specific-issues/{suite}/{**rest}", suite => Addresses.With("/status/platform-specific-issues", ("suite", suite)));
        Lead(routes, "/status/pending/{suite?}/{**rest}", suite => Addresses.With("/queue", ("suite", suite)));
        Lead(routes, "/status/queue", _ => "/queue");
        Lead(routes, "/status/reject_list", _ => "/api/v1/reject_list");
        Lead(routes, "/status/blacklist", _ => "/api/v1/reject_list");
        Lead(routes, "/user/{**rest}", _ => "/");
        Lead(routes, "/admin/{**rest}", _ => "/audit");
    }

    /// <summary>Whether a name is the folder of packages in pools: a letter or digit, or lib and one more.</summary>
    public static bool IsPrefix(string name) => name.Length == 1 || (name.Length == 4 && name.StartsWith("lib", StringComparison.Ordinal));

    /// <summary>Where a folder's packages are listed; null for what is a package itself.</summary>
    public static async Task<string?> OfPrefix(string name, PackagesQueries packages, CancellationToken cancellation) =>
        IsPrefix(name) && await packages.NewestOf(name, cancellation) is null ? Addresses.With("/search", ("q", name)) : null;

    // What is of a suite leads to the one that is named, where there is such a one.
    private static void Lead(IEndpointRouteBuilder routes, string pattern, Func<string?, string> to) => routes.MapGet(pattern, (HttpContext http, LiveConfiguration live) =>
        Results.Redirect(to(http.Request.RouteValues["suite"] as string is { } named && Names.IsWord(named) && live.Archive.CheckSuite(named) is null ? named : null)));
}
