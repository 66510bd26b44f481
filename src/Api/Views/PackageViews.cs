using System.IO.Compression;
using System.Text.Json;
using Debci.Api.Files;
using Debci.Domain;
using Debci.Projections;
using Microsoft.Net.Http.Headers;

namespace Debci.Api.Views;

/// <summary><c>/data/packages/SUITE/ARCH/PREFIX/PACKAGE/…</c>: gone from debci 4, and still linked by others. Public runs only.</summary>
public sealed class PackageViews(JobsQueries jobs, RunsQueries runs, ServedFiles files, Freshness freshness, StatusesQueries statuses)
{
    /// <summary><c>latest.json</c>: the job of the current status.</summary>
    public async Task Latest(string suite, string arch, string prefix, string package, HttpContext http)
    {
        var (mark, current) = (await Mark(suite, arch, prefix, package, http.RequestAborted), await Current(suite, arch, package, http.RequestAborted));
        if (await freshness.IsKnown(http, mark) || !http.BeginJson())
            return;
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, JobJson.Plain);
        JobJson.Write(json, current);
    }

    /// <summary><c>history.json</c>: all its jobs, the oldest first.</summary>
    public async Task History(string suite, string arch, string prefix, string package, HttpContext http)
    {
        var mark = await Mark(suite, arch, prefix, package, http.RequestAborted);
        if (!await freshness.IsKnown(http, mark) && http.BeginJson())
            await JobJson.WriteArray(http.Response.BodyWriter, jobs.History(package, suite, arch, http.RequestAborted), http.RequestAborted);
    }

    /// <summary><c>latest-autopkgtest/log.gz</c>, and the other files of the run that the current status is of.</summary>
    public async Task<IResult> LatestFile(string suite, string arch, string prefix, string package, string file, HttpContext http)
    {
        await Mark(suite, arch, prefix, package, http.RequestAborted);
        var current = await Current(suite, arch, package, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-cache";
        return await files.Serve((await runs.Find(current.Run, Viewer.Public, http.RequestAborted))!, file, http);
    }

    /// <summary><c>RUN.log</c>: the plain log, whole; packed on the way where the client takes that.</summary>
    public async Task<IResult> PlainLog(string suite, string arch, string prefix, string package, long run, HttpContext http)
    {
        if (package.Length == 0 || prefix != Names.Prefix(package))
            throw Unknown(suite, arch, prefix, package);
        var row = await files.Run(run, suite, arch, package, http);
        var (packed, changed) = await files.Log(row, http.RequestAborted) ?? throw (row.WasThere(RunFile.Log) ? Gone.File(row.Key, $"{run}.log") : new RefusedException(RefusalCode.UnknownRun, row.IsOver ? $"Run {run} has no log."
            : $"Run {run} is not over; its log is at {FileAddresses.Log(run)} while it grows."));
        http.Response.Headers.XContentTypeOptions = "nosniff"; // a log is text, whatever a package writes into it
        http.Response.Headers.Vary = HeaderNames.AcceptEncoding;
        if (TakesGzip(http.Request))
        {
            http.Response.Headers.ContentEncoding = "gzip";
            return Results.Stream(packed, "text/plain; charset=utf-8", lastModified: changed);
        }
        return Results.Stream(new GZipStream(packed, CompressionMode.Decompress), "text/plain; charset=utf-8", lastModified: changed);
    }

    // RFC 9110, 12.5.3: what is named counts before the star, and a weight of 0 means no.
    private static bool TakesGzip(HttpRequest request)
    {
        var taken = request.GetTypedHeaders().AcceptEncoding;
        return (taken.FirstOrDefault(e => e.Value.Equals("gzip", StringComparison.OrdinalIgnoreCase)) ?? taken.FirstOrDefault(e => e.Value == "*")) is { } gzip && gzip.Quality is not 0;
    }

    private static RefusedException Unknown(string suite, string arch, string prefix, string package) =>
        new(RefusalCode.UnknownRun, $"Nothing is known of {StoredText.Quote($"{prefix}/{package}")} in {StoredText.Quote(suite)} on {StoredText.Quote(arch)}.");

    private async Task<JobRow> Current(string suite, string arch, string package, CancellationToken cancellation) => await jobs.Latest(package, suite, arch, cancellation)
        ?? throw new RefusedException(RefusalCode.UnknownRun, $"{package} has no current status in {suite} on {arch}: no public run without pins has finished, or the source has left the suite.");

    // Any change of its suite and architecture counts as one: that is asked by a key, and a package's own would have to be looked for.
    private async Task<StatusMark> Mark(string suite, string arch, string prefix, string package, CancellationToken cancellation)
    {
        var newest = package.Length > 0 && prefix == Names.Prefix(package) ? await jobs.Newest(package, suite, arch, cancellation) : null;
        var mark = await statuses.Mark(suite, arch, cancellation);
        return newest is not { } known ? throw Unknown(suite, arch, prefix, package)
            : known <= mark.Position ? mark : mark with { Position = known, ChangedAt = null }; // when it came is not kept: what was imported has the other system's time
    }
}
