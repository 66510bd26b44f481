using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>Logs and artifacts for readers: at debci's predictable addresses, and the plain log while it grows.</summary>
public static class FileEndpoints
{
    private static readonly Dictionary<string, (RunFile File, string ContentType)> Served = Enum.GetValues<RunFile>().ToDictionary(
        FileLayout.NameOf, f => (f, f is RunFile.Log or RunFile.Artifacts ? "application/gzip" : "text/plain; charset=utf-8"), StringComparer.Ordinal);

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
        return Served.TryGetValue(file, out var served) && await files.Open(row, served.File, http.RequestAborted) is { } found
            ? Results.File(found.Path, served.ContentType, lastModified: found.LastModified, enableRangeProcessing: true)
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
        var size = await logs.Size(row.Key, row.Attempt, http.RequestAborted);
        if (size.Stored <= offset && !row.IsOver && wait > 0)
        {
            await logs.WaitForGrowth(row.Key, row.Attempt, offset, TimeSpan.FromSeconds(Math.Min(wait, MostWait.TotalSeconds)), http.RequestAborted);
            row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted) ?? row; // before the size: complete means that nothing is behind it
            size = await logs.Size(row.Key, row.Attempt, http.RequestAborted);
        }
        http.Response.Headers["Log-Complete"] = row.IsOver ? "true" : "false";
        http.Response.Headers["Log-Size"] = $"{size.Stored}";
        http.Response.Headers.XContentTypeOptions = "nosniff"; // a log is text, whatever a package writes into it
        return Results.Bytes(logs.Read(row.Key, row.Attempt, offset, LogStore.MostRead), "text/plain; charset=utf-8");
    }
}
