using System.Globalization;
using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views;

/// <summary><c>/data/status/SUITE/ARCH/…</c>: how a suite and architecture stands, and stood each day; debci writes these once an hour, here they are always of now.</summary>
public sealed class StatusViews(StatusesQueries statuses, JobsQueries jobs, Freshness freshness, LiveConfiguration live, TimeProvider clock)
{
    private DateOnly Today => DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime);

    /// <summary><c>packages.json</c>: the job of each package's current status.</summary>
    public async Task Packages(string suite, string arch, HttpContext http)
    {
        var mark = await Mark(suite, arch, http.RequestAborted);
        if (!await freshness.IsKnown(http, mark) && http.BeginJson())
            await JobJson.WriteArray(http.Response.BodyWriter, jobs.OfPlace(suite, arch, http.RequestAborted), http.RequestAborted);
    }

    /// <summary><c>status.json</c>: how many packages have which status.</summary>
    public Task Status(string suite, string arch, HttpContext http) => Answer(suite, arch, http,
        (days, mark, today) => StatusJson.Bytes(StatusJson.Now(days, today), mark.ChangedAt, today));

    /// <summary><c>history.json</c>: the same for each day, the oldest first.</summary>
    public Task History(string suite, string arch, HttpContext http) => Answer(suite, arch, http,
        (days, mark, today) => StatusJson.Bytes(StatusJson.EveryDay(days, today), mark.ChangedAt, today));

    /// <summary><c>YYYY/MM/DD.json</c>: the same for one day; 404 for one that nothing is known of.</summary>
    public Task Day(string suite, string arch, string year, string month, string day, HttpContext http) => Answer(suite, arch, http, (days, mark, today) =>
        DateOnly.TryParseExact($"{year}-{month}-{day}", "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var asked)
            && StatusJson.EveryDay(days, today).FirstOrDefault(d => d.Day == asked) is { } known
            ? StatusJson.Bytes(known, mark.ChangedAt, today)
            : throw new RefusedException(RefusalCode.UnknownRun, $"Nothing is known of {StoredText.Quote($"{year}/{month}/{day}")} in {suite} on {arch}; history.json has all days."));

    private async Task Answer(string suite, string arch, HttpContext http, Func<IReadOnlyList<StatusDay>, StatusMark, DateOnly, byte[]> write)
    {
        var (mark, today) = (await Mark(suite, arch, http.RequestAborted), Today);
        var body = new Lazy<Task<byte[]>>(async () => write(await statuses.Days(suite, arch, http.RequestAborted), mark, today));
        if (http.Request.RouteValues.ContainsKey("day"))
            await body.Value; // a day that there is not is none that one has
        if (!await freshness.IsKnown(http, Since(mark, today), Freshness.Name(today)) && http.BeginJson())
            await http.Response.BodyWriter.WriteAsync(await body.Value, http.RequestAborted);
    }

    // A new day changes what is said of the one before, too.
    private static StatusMark Since(StatusMark mark, DateOnly today) => mark.ChangedAt is { } at && at < today.ToDateTime(TimeOnly.MinValue)
        ? mark with { ChangedAt = today.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc) } : mark;

    private async Task<StatusMark> Mark(string suite, string arch, CancellationToken cancellation)
    {
        var mark = await statuses.Mark(suite, arch, cancellation);
        return mark.Position > 0 || (live.Archive.CheckSuite(suite) ?? live.Archive.CheckArch(arch)) is not { } unknown ? mark
            : throw new RefusedException(RefusalCode.UnknownRun, unknown.Sentence);
    }
}
