using System.Globalization;
using Debci.Api.GraphQL;
using Debci.EventLog;
using Debci.Projections;
using Microsoft.Net.Http.Headers;

namespace Debci.Api.Views;

/// <summary>
/// Whether a client has the newest already, by what is known without looking at the rows: the position of the newest event that concerns them.
/// </summary>
public sealed class Freshness(Positions positions, IEventLog log, TimeProvider clock)
{
    // Last-Modified has whole seconds: as long as something may still come with the same one, it would say too much. What is recorded is
    // recorded a moment after its second was read.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(2);

    /// <summary>Sets the headers, and 304 where the client's copy is the newest: then nothing is written.</summary>
    /// <param name="http">The call.</param>
    /// <param name="mark">How new the rows are.</param>
    /// <param name="of">What else the content depends on, such as a day.</param>
    public async Task<bool> IsKnown(HttpContext http, StatusMark mark, string of = "")
    {
        var headers = http.Response.Headers;
        if (mark.Passed < mark.Position)
        {
            headers.CacheControl = "no-store"; // some of the rows are older than the mark: what is answered is nobody's newest
            return false;
        }
        // The time too: a log that was restored from an older copy counts its positions anew. Weak: packed or not, it is the same.
        headers.ETag = $"W/\"{positions.Show(mark.Position)}.{mark.ChangedAt?.Ticks:x}{of}\"";
        headers.CacheControl = "no-cache"; // to be kept, and asked for each time
        headers.XContentTypeOptions = "nosniff";
        var (byTag, hasTag) = (http.Request.Headers.IfNoneMatch.Count > 0, HasTag(http.Request, headers.ETag.ToString()));
        var modified = hasTag ? null : await LastModified(mark, http.RequestAborted);
        if (modified is { } at)
            headers.LastModified = HeaderUtilities.FormatDate(at);
        // If-Modified-Since does not count beside If-None-Match (RFC 9110, 13.1.3).
        if (!hasTag && (byTag || !(HeaderUtilities.TryParseDate(http.Request.Headers.IfModifiedSince.ToString(), out var since) && since >= modified)))
            return false;
        http.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    /// <summary>Whether a client has what a tag names.</summary>
    internal static bool HasTag(HttpRequest request, string tag) => EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known)
        && EntityTagHeaderValue.TryParse(tag, out var own) && known.Any(k => k == EntityTagHeaderValue.Any || k.Compare(own, useStrongComparison: false));

    private async Task<DateTimeOffset?> LastModified(StatusMark mark, CancellationToken cancellation)
    {
        if (mark.ChangedAt is not { } at)
            return null;
        var second = new DateTimeOffset(at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond)), TimeSpan.Zero);
        if (clock.GetUtcNow() < second + TimeSpan.FromSeconds(1) + Settling)
            return null;
        try
        {
            return mark.Passed >= await log.Head(cancellation) ? second : null;
        }
        catch (LogAwayException)
        {
            return null; // it can do without
        }
    }

    /// <summary>A moment as ETags name days.</summary>
    internal static string Name(DateOnly day) => day.ToString(".yyyyMMdd", CultureInfo.InvariantCulture);
}
