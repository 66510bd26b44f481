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
        string suite, string arch, string package, long run, string file, HttpContext http, RunsQueries runs, AttemptFiles files) =>
        await Serve(await Find(run, suite, arch, package, http, runs), file, files, http.RequestAborted);

    /// <summary>The run of an address, whose files are kept.</summary>
    /// <exception cref="RefusedException">There is none of that package there, none that the caller may see, or its files have expired.</exception>
    internal static async Task<RunRow> Find(long run, string suite, string arch, string package, HttpContext http, RunsQueries runs)
    {
        var row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted);
        if (row is null || (row.Key.Suite, row.Key.Arch, row.Key.Package) != (suite, arch, package))
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {run} of this package here.");
        MustBeKept(row);
        return row;
    }

    /// <summary>A file of a run by its name.</summary>
    /// <exception cref="RefusedException">It has none of that name, or none any more.</exception>
    internal static async Task<IResult> Serve(RunRow row, string file, AttemptFiles files, CancellationToken cancellation)
    {
        MustBeKept(row);
        return Served.TryGetValue(file, out var served) && await files.Open(row, served.File, cancellation) is { } found
            ? Results.File(found.Path, served.ContentType, lastModified: found.LastModified, enableRangeProcessing: true)
            : throw new RefusedException(RefusalCode.UnknownRun, $"Run {row.Key.Id} has no {StoredText.Quote(file)}.");
    }

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
        if (size.Stored <= offset && Grows(row, of) && wait > 0)
        {
            await logs.WaitForGrowth(row.Key, of, offset, TimeSpan.FromSeconds(Math.Min(wait, MostWait.TotalSeconds)), http.RequestAborted);
            row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted) ?? row; // before the size: complete means that nothing is behind it
            size = await logs.Size(row.Key, of, http.RequestAborted);
        }
        http.Response.Headers["Log-Attempt"] = $"{of}";
        http.Response.Headers["Log-Complete"] = Grows(row, of) ? "false" : "true";
        http.Response.Headers["Run-Over"] = row.IsOver ? "true" : "false";
        http.Response.Headers["Log-Size"] = $"{size.Stored}";
        http.Response.Headers.XContentTypeOptions = "nosniff"; // a log is text, whatever a package writes into it
        return Results.Bytes(logs.Read(row.Key, of, offset, LogStore.MostRead), "text/plain; charset=utf-8");
    }

    /// <summary>Refuses where the files of a run have expired: a link to them says so, instead of leading nowhere.</summary>
    internal static void MustBeKept(RunRow run)
    {
        if (run.Expired is { } expired)
            throw new RefusedException(RefusalCode.Expired, expired.Sentence);
    }

    private static bool Grows(RunRow run, int attempt) => run.State == RunState.Running && run.Attempt == attempt;

    private static void CheckLogRange(RunRow run, int attempt, long offset)
    {
        if (offset < 0)
            throw new RefusedException(RefusalCode.Invalid, "offset is a number of bytes from 0 on.", "offset");
        if (attempt < 1 || attempt > run.Attempt)
            throw new RefusedException(RefusalCode.UnknownRun, run.Attempt == 0
                ? $"Run {run.Key.Id} has no log yet: it waits for a worker." : $"Run {run.Key.Id} has no attempt {attempt}.", "attempt");
    }
}
