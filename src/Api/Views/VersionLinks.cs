using Debci.Api.Pages;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views;

/// <summary>
/// <c>/data/autopkgtest/SUITE/ARCH/PREFIX/PACKAGE/by-version/VERSION/…</c>: leads to the newest public run of a version, so that a result is found by what is
/// known of an upload, without a pointer that somebody keeps.
/// </summary>
public static class VersionLinks
{
    /// <summary>Redirects to the run's page, or to a file of it. Not for ever: the next run of that version is another.</summary>
    public static async Task<IResult> Lead(string suite, string arch, string prefix, string package, string version, string? rest, HttpContext http, JobsQueries jobs)
    {
        http.Response.Headers.CacheControl = "no-cache";
        if (!Names.IsPackage(package) || prefix != Names.Prefix(package) || await jobs.OfVersion(package, suite, arch, version, http.RequestAborted) is not { } run)
            throw new RefusedException(RefusalCode.UnknownRun, $"No public run has tested version {StoredText.Quote(version)} of {StoredText.Quote(package)} in {StoredText.Quote(suite)} on {StoredText.Quote(arch)}.");
        if (string.IsNullOrEmpty(rest))
            return Results.Redirect(Addresses.Run(run));
        return Names.IsWord(rest) ? Results.Redirect($"{FileAddresses.Folder(new RunKey(run, package, suite, arch, Private: false))}/{rest}")
            : throw new RefusedException(RefusalCode.UnknownRun, $"A run has no file {StoredText.Quote(rest)}.");
    }
}
