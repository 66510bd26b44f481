using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Files;

/// <summary>Logs and artifacts for readers: at debci's predictable addresses, and the plain log while it grows.</summary>
public static class FileEndpoints
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(30);

    /// <summary>Maps <c>/data/autopkgtest/…</c> and <c>/runs/{run}/log</c>.</summary>
    public static void MapFiles(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/data/autopkgtest/{suite}/{arch}/{prefix}/{package}/{run:long}/{file}", GetFile);
        routes.MapGet("/runs/{run:long}/log", GetPlainLog);
    }

    private static async Task<IResult> GetFile(string suite, string arch, string package, long run, string file, HttpContext http, ServedFiles files) =>
        await files.Serve(await files.Run(run, suite, arch, package, http), file, http);

    /// <summary>
    /// The plain log of an attempt (the newest, unless one is named) from <c>offset</c> on, at most 4 MiB. With <c>wait</c> (seconds,
    /// up to 30) it waits for more when there is none. The header <c>Log-Attempt</c> says of which attempt it is, <c>Log-Size</c> how
    /// much there is, <c>Log-Complete</c> whether that is all of it, <c>Run-Over</c> whether another attempt may follow.
    /// </summary>
    private static async Task<IResult> GetPlainLog(
        long run, HttpContext http, KnownRuns known, RunsQueries runs, LogStore logs, long offset = 0, double wait = 0, int? attempt = null)
    {
        var row = await known.Get(run, http.Caller(), http.RequestAborted);
        MustBeKept(row);
        var of = attempt ?? row.Attempt;
        CheckLogRange(row, of, offset);
        var size = await logs.Size(row.Key, of, http.RequestAborted);
        if (size.Stored <= offset && row.Grows(of) && wait > 0)
        {
            await logs.WaitForGrowth(row.Key, of, offset, TimeSpan.FromSeconds(Math.Min(wait, MostWait.TotalSeconds)), http.RequestAborted);
            row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted) ?? row; // before the size: complete means that nothing is behind it
            size = await logs.Size(row.Key, of, http.RequestAborted);
        }
        Gone.MustNotBe(row, of, size.Stored);
        http.Response.Headers["Log-Attempt"] = $"{of}";
        http.Response.Headers["Log-Complete"] = row.Grows(of) ? "false" : "true";
        http.Response.Headers["Run-Over"] = row.IsOver ? "true" : "false";
        http.Response.Headers["Log-Size"] = $"{size.Stored}";
        http.Response.Headers.XContentTypeOptions = "nosniff"; // a log is text, whatever a package writes into it
        return Results.Bytes(await logs.Read(row.Key, of, offset, LogStore.MostRead, http.RequestAborted), "text/plain; charset=utf-8");
    }

    /// <summary>Refuses where the files of a run have expired: a link to them says so, instead of leading nowhere.</summary>
    internal static void MustBeKept(RunRow run)
    {
        if (run.Expired is { } expired)
            throw new RefusedException(RefusalCode.Expired, expired.Sentence);
    }

    private static void CheckLogRange(RunRow run, int attempt, long offset)
    {
        if (offset < 0)
            throw new RefusedException(RefusalCode.Invalid, "offset is a number of bytes from 0 on.", "offset");
        if (attempt < 1 || attempt > run.Attempt)
            throw new RefusedException(RefusalCode.UnknownRun, run.Attempt == 0
                ? $"Run {run.Key.Id} has no log yet: it waits for a worker." : $"Run {run.Key.Id} has no attempt {attempt}.", "attempt");
    }
}
