using System.IO.Compression;
using Debci.Api.Views.Badges;
using Debci.Api.Views.Feeds;
using Debci.Api.Views.Swift;
using Microsoft.AspNetCore.ResponseCompression;

namespace Debci.Api.Views;

/// <summary>The addresses of what tools fetch: views of the read models in debci's formats, <c>ops/debci-files.md</c>.</summary>
public static class ViewEndpoints
{
    private static readonly string[] GetAndHead = ["GET", "HEAD"];
    private static readonly PathString[] Roots = ["/data/status", "/data/packages", "/data/feeds", "/badges"];

    /// <summary>Adds what the views are made of.</summary>
    public static void AddViews(this IServiceCollection services)
    {
        services.AddSingleton<Freshness>().AddSingleton<StatusViews>().AddSingleton<PackageViews>().AddSingleton<Atom>().AddSingleton<FeedViews>().AddSingleton<BadgeViews>().AddSingleton<SwiftViews>();
        services.AddResponseCompression(o =>
        {
            o.Providers.Add<GzipCompressionProvider>();
            o.MimeTypes = ["application/json", "application/atom+xml", "image/svg+xml"];
        });
        services.Configure<GzipCompressionProviderOptions>(o => o.Level = CompressionLevel.Fastest);
    }

    /// <summary>Packs their answers for clients that take that; nobody else's, which are small, packed already, or followed live.</summary>
    public static void UseViewCompression(this WebApplication app) =>
        app.UseWhen(http => Roots.Any(root => http.Request.Path.StartsWithSegments(root)), branch => branch.UseResponseCompression());

    /// <summary>Maps them.</summary>
    public static void MapViews(this IEndpointRouteBuilder routes)
    {
        var status = routes.MapGroup("/data/status/{suite}/{arch}");
        status.View("/packages.json", (StatusViews v, string suite, string arch, HttpContext http) => v.Packages(suite, arch, http));
        status.View("/status.json", (StatusViews v, string suite, string arch, HttpContext http) => v.Status(suite, arch, http));
        status.View("/history.json", (StatusViews v, string suite, string arch, HttpContext http) => v.History(suite, arch, http));
        status.View("/{year}/{month}/{day}.json", (StatusViews v, string suite, string arch, string year, string month, string day, HttpContext http) => v.Day(suite, arch, year, month, day, http));
        var packages = routes.MapGroup("/data/packages/{suite}/{arch}/{prefix}/{package}");
        packages.View("/latest.json", (PackageViews v, string suite, string arch, string prefix, string package, HttpContext http) => v.Latest(suite, arch, prefix, package, http));
        packages.View("/history.json", (PackageViews v, string suite, string arch, string prefix, string package, HttpContext http) => v.History(suite, arch, prefix, package, http));
        packages.View("/latest-autopkgtest/{file}", (PackageViews v, string suite, string arch, string prefix, string package, string file, HttpContext http) => v.LatestFile(suite, arch, prefix, package, file, http));
        packages.View("/{run:long}.log", (PackageViews v, string suite, string arch, string prefix, string package, long run, HttpContext http) => v.PlainLog(suite, arch, prefix, package, run, http));
        routes.View("/data/feeds/{prefix}/{package}.xml", (FeedViews v, string prefix, string package, HttpContext http) => v.Package(prefix, package, http));
        routes.View("/data/feeds/status/{suite}/{arch}.xml", (FeedViews v, string suite, string arch, HttpContext http) => v.Place(suite, arch, http));
        routes.View("/data/feeds/maintainer/{address}.xml", (FeedViews v, string address, HttpContext http) => v.Maintainer(address, http));
        routes.View("/badges/packages/{package}.svg", (BadgeViews v, string package, HttpContext http) => v.Package(package, null, null, http));
        routes.View("/badges/packages/{package}/{suite}.svg", (BadgeViews v, string package, string suite, HttpContext http) => v.Package(package, suite, null, http));
        routes.View("/badges/packages/{package}/{suite}/{arch}.svg", (BadgeViews v, string package, string suite, string arch, HttpContext http) => v.Package(package, suite, arch, http));
        routes.View("/badges/suites/{suite}/{arch}.svg", (BadgeViews v, string suite, string arch, HttpContext http) => v.Suite(suite, arch, http));
        routes.View("/data/autopkgtest/{suite}/{arch}/{prefix}/{package}/by-version/{version}/{**rest}", VersionLinks.Lead);
        var container = routes.MapGroup("/swift/{account}/{container}");
        container.View("", (SwiftViews v, string account, string container, HttpContext http, string prefix = "", string marker = "", string delimiter = "") => v.List(account, container, http, prefix, marker, delimiter));
        container.View("/{suite}/{arch}/{prefix}/{package}/{stamp}/{file}", (SwiftViews v, string account, string container, string suite, string arch, string package, string stamp, string file, HttpContext http) =>
            v.File(account, container, suite, arch, package, stamp, file, http));
    }

    /// <summary>Begins to answer with JSON; false when only the headers are asked for.</summary>
    internal static bool BeginJson(this HttpContext http) => http.Begin("application/json");

    /// <summary>The same for any type.</summary>
    internal static bool Begin(this HttpContext http, string contentType)
    {
        http.Response.ContentType = contentType;
        return !HttpMethods.IsHead(http.Request.Method);
    }

    internal static void View(this IEndpointRouteBuilder routes, string pattern, Delegate answer) => routes.MapMethods(pattern, GetAndHead, answer);
}
