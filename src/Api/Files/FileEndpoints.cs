using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>Logs and artifacts for readers: at debci's predictable addresses, and the plain log while it grows.</summary>
public static class FileEndpoints
{
    private const int MostRange = 4 << 20;
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(30);

    /// <summary>Maps <c>/data/autopkgtest/…</c> and <c>/runs/{run}/log</c>.</summary>
    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/data/autopkgtest/{suite}/{arch}/{prefix}/{package}/{run:long}/{file}", GetFile);
        routes.MapGet("/runs/{run:long}/log", GetPlainLog);
    }

    private static async Task<IResult> GetFile(
        string suite, string arch, string package, long run, string file, HttpContext http, RunsQueries runs, AttemptFiles files)
    {
        var row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted);
        if (row is null || (row.Key.Suite, row.Key.Arch, row.Key.Package) != (suite, arch, package))
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {run} of this package here.");
        return await files.Open(row, file, http.RequestAborted) is { } found
            ? Results.File(found.Path, found.ContentType, lastModified: found.LastModified, enableRangeProcessing: true)
            : throw new RefusedException(RefusalCode.UnknownRun, $"Run {run} has no {StoredText.Quote(file)}.");
    }

    /// <summary>
    /// The plain log from <c>offset</c> on, at most 4 MiB. With <c>wait</c> (seconds, up to 30) it waits for more when there is none.
    /// The header <c>Log-Size</c> says how much there is, <c>Log-Complete</c> whether more may come.
    /// </summary>
    private static async Task<IResult> GetPlainLog(
        long run, HttpContext http, KnownRuns known, RunsQueries runs, LogStore logs, long offset = 0, double wait = 0)
    {
        var row = await known.Get(run, http.Caller(), http.RequestAborted);
        if (row.Attempt == 0 || offset < 0)
            throw new RefusedException(offset < 0 ? RefusalCode.Invalid : RefusalCode.UnknownRun,
                offset < 0 ? "offset is a number of bytes from 0 on." : $"Run {run} has no log yet: it waits for a worker.");
        if (await logs.Size(row.Key, row.Attempt) <= offset && !row.IsOver && wait > 0)
        {
            await logs.WaitForGrowth(row.Key, row.Attempt, offset, TimeSpan.FromSeconds(Math.Min(wait, MostWait.TotalSeconds)), http.RequestAborted);
            row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted) ?? row; // before the size: complete means that nothing is behind it
        }
        http.Response.Headers["Log-Complete"] = row.IsOver ? "true" : "false";
        http.Response.Headers["Log-Size"] = $"{await logs.Size(row.Key, row.Attempt)}";
        http.Response.Headers.XContentTypeOptions = "nosniff"; // a log is text, whatever a package writes into it
        return Results.Bytes(await logs.Read(row.Key, row.Attempt, offset, MostRange, http.RequestAborted), "text/plain; charset=utf-8");
    }
}
