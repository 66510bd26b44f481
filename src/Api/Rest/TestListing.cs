using System.Globalization;
using System.IO.Pipelines;
using System.Text.Json;
using Debci.Api.Configuration;
using Debci.Api.Keys;
using Debci.Api.Views;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Rest;

/// <summary><c>GET /api/v1/test?since=</c>: what britney reads whole each time, so it is written as it is read.</summary>
internal static class TestListing
{
    private const int Piece = 64 << 10;
    // Clocks differ a little; a client that lives in the future is mistaken.
    private static readonly TimeSpan Skew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// The caller's own finished runs since a time (Unix seconds, inclusive) in the order of their outcomes, then all of theirs that are
    /// still pending. <c>until</c> is the last whole second that has been passed: never 0, never less than before.
    /// </summary>
    public static async Task Get(HttpContext http, OutcomesQueries outcomes, WholeRows rows, LiveConfiguration live, TimeProvider clock)
    {
        var caller = http.Caller();
        if (ScopeCheck.Refuse(caller, Scope.Request) is { } refusal)
            throw new RefusedException(refusal);
        await rows.MustHaveAll(http.RequestAborted);
        var (newest, now) = (await outcomes.Newest(http.RequestAborted), clock.GetUtcNow()); // before the rows: what is stored meanwhile has this second or a later one, and comes again
        var since = Since(http.Request.Query["since"], newest is { } ahead && ahead > now.UtcDateTime ? new DateTimeOffset(ahead) : now);
        var until = newest is { } last ? new DateTimeOffset(last) : since < now - Skew ? since : now - Skew; // the log's clock may be behind ours
        http.Response.ContentType = "application/json";
        await Write(http.Response.BodyWriter, Math.Max(1, until.ToUnixTimeSeconds()),
            outcomes.Since(caller.Requester, since.UtcDateTime, !live.Current.ListsWithoutPending.Contains(caller.Name), http.RequestAborted), http.RequestAborted);
    }

    private static async Task Write(PipeWriter body, long until, IAsyncEnumerable<OutcomeRow> rows, CancellationToken cancellation)
    {
        await using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteNumber("until", until);
        json.WriteStartArray("results");
        await foreach (var row in rows)
        {
            Write(json, row);
            if (json.BytesPending + body.UnflushedBytes > Piece)
            {
                json.Flush();
                await body.FlushAsync(cancellation);
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        await body.FlushAsync(cancellation);
    }

    private static DateTimeOffset Since(string? text, DateTimeOffset now)
    {
        if (string.IsNullOrEmpty(text))
            throw new RefusedException(RefusalCode.Invalid, "Say since when: ?since= and the seconds since 1970, such as the until of the last answer.", "since");
        if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
            throw new RefusedException(RefusalCode.Invalid, $"since = {StoredText.Quote(text)} is no number of seconds since 1970.", "since");
        return seconds <= (now + Skew).ToUnixTimeSeconds() ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw new RefusedException(RefusalCode.Invalid, $"since = {seconds} is in the future; it is {now.ToUnixTimeSeconds()} here.", "since");
    }

    private static void Write(Utf8JsonWriter json, OutcomeRow row)
    {
        json.WriteStartObject();
        JobJson.WritePublic(json, row);
        json.WriteEndObject();
    }
}
