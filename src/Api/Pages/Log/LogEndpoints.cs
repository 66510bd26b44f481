using Debci.Api.Files;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Log;

/// <summary>What the script of a run's page fetches: how a log stands, and lines of it.</summary>
public static class LogEndpoints
{
    private static readonly TimeSpan MostWait = TimeSpan.FromSeconds(30);

    /// <summary>How a log stands. <c>Newest</c> is the run's newest attempt.</summary>
    public sealed record Outlined(long Bytes, int Lines, bool Complete, int Newest, IReadOnlyList<LogSection> Sections);

    /// <summary>Maps <c>/runs/{run}/attempts/{attempt}/log/outline</c> and <c>…/lines</c>.</summary>
    public static void MapLogs(this IEndpointRouteBuilder routes)
    {
        var log = routes.MapGroup("/runs/{run:long}/attempts/{attempt:int}/log");
        log.MapGet("/outline", GetOutline);
        log.MapGet("/lines", GetLines);
    }

    // With `bytes` and `wait` (seconds, up to 30) it waits until the log has more than that, or is complete.
    private static async Task<IResult> GetOutline(
        long run, int attempt, HttpContext http, KnownRuns known, RunsQueries runs, LogStore logs, LogOutlines outlines, long bytes = -1, double wait = 0)
    {
        var row = await Find(run, attempt, http, known);
        if (wait > 0 && row.Grows(attempt) && (await logs.Size(row.Key, attempt, http.RequestAborted)).Stored <= bytes)
        {
            await logs.WaitForGrowth(row.Key, attempt, bytes, TimeSpan.FromSeconds(Math.Min(wait, MostWait.TotalSeconds)), http.RequestAborted);
            row = await runs.Find(run, http.Caller().Viewer, http.RequestAborted) ?? row; // before the outline: complete means that it is all there
        }
        var outline = await outlines.Of(row, attempt, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        return Results.Json(new Outlined(outline.Bytes, outline.Lines, !row.Grows(attempt), row.Attempt, outline.Sections));
    }

    private static async Task GetLines(long run, int attempt, HttpContext http, KnownRuns known, LogOutlines outlines, LogLines lines, PageRenderer renderer, int from = 1, int count = 500)
    {
        if (from < 1 || count is < 1 or > LogLines.Most)
            throw new RefusedException(RefusalCode.Invalid, $"from is a line's number from 1 on, count is 1 to {LogLines.Most}.", from < 1 ? "from" : "count");
        var row = await Find(run, attempt, http, known);
        var outline = await outlines.Of(row, attempt, http.RequestAborted);
        await renderer.WritePart<LogRows>(http, new() { [nameof(LogRows.Lines)] = await lines.Read(row.Key, attempt, outline, from, count, http.RequestAborted) });
    }

    private static async Task<RunRow> Find(long run, int attempt, HttpContext http, KnownRuns known)
    {
        var row = await known.Get(run, http.Caller(), http.RequestAborted);
        FileEndpoints.MustBeKept(row);
        return attempt >= 1 && attempt <= row.Attempt ? row
            : throw new RefusedException(RefusalCode.UnknownRun, $"Run {run} has no attempt {attempt}.", "attempt");
    }
}
