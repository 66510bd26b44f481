using System.Buffers;
using System.Text.Json;
using Debci.Api.GraphQL;
using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace Debci.Api.Events;

/// <summary>
/// <c>GET /events</c>: the log as lines of JSON, as far as the caller may see it, at the pace of its reading. One goes on behind the last
/// line with <c>after</c>; <c>follow</c> does not end while the caller's key is good.
/// </summary>
public sealed class EventStreamEndpoint(EventsQueries events, KnownRuns runs, AccessKeys keys, ReadPosition read, Positions positions, StreamPlaces places)
{
    private const int Page = 500;
    private static readonly TimeSpan MissedMove = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LookedUp = TimeSpan.FromMinutes(1);

    /// <summary>How long a caller is taken for what it was when it was looked up; then it is looked up anew.</summary>
    public TimeSpan CallerIsGoodFor { get; set; } = LookedUp;

    /// <summary>Writes the stream.</summary>
    /// <exception cref="RefusedException">The filter cannot be read, there is no such run, one follows without a key, or too many streams are under way.</exception>
    public async Task Write(HttpContext http)
    {
        var (query, cancellation) = (http.Request.Query, http.RequestAborted);
        var filter = EventQuestion.Read(query);
        filter = filter with { Requester = await EventQuestion.Requester(filter.Requester, http.Caller(), keys, cancellation) };
        var after = query["after"].ToString() is { Length: > 0 } text ? positions.Read(text, "after") : 0;
        var follow = EventQuestion.Flag(query, "follow");
        if (follow && filter.Until is not null)
            throw new RefusedException(RefusalCode.Invalid, "What ends at a moment cannot be followed; leave out until, or follow.", "until");
        if (follow && http.Caller().AccountId == Guid.Empty)
            throw new RefusedException(RefusalCode.KeyRequired, "To follow without end takes a key; without one, ask again with after, or subscribe to runChanged by GraphQL.", "follow");
        if (filter.Run is { } run)
            await runs.Get(run, http.Caller(), cancellation); // or it is refused
        using var place = places.Take(http.Caller());
        await Stream(http, filter, after, follow);
    }

    private async Task Stream(HttpContext http, EventFilter filter, long after, bool follow)
    {
        http.Response.ContentType = "application/x-ndjson; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers.XContentTypeOptions = "nosniff";
        if (http.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null; // who pages through it by hand reads slowly
        await http.Response.StartAsync(http.RequestAborted);
        var caller = http.Caller();
        var lookedUp = Environment.TickCount64;
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter, new JsonWriterOptions { SkipValidation = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        while (true)
        {
            if (Environment.TickCount64 - lookedUp >= CallerIsGoodFor.TotalMilliseconds)
            {
                if (await CallerOfRequest.LookUp(http) is not { } now)
                    return; // the key was taken away
                (caller, lookedUp) = (now, Environment.TickCount64);
            }
            var next = read.NextMove; // before the look
            var page = await Look(filter, after, caller.Viewer, http.RequestAborted);
            foreach (var e in page.Events)
            {
                EventLine.Write(e, positions, json);
                json.Flush();
                json.Reset();
                http.Response.BodyWriter.Write("\n"u8);
            }
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            after = page.End;
            if (page.GoesOn)
                continue;
            if (!follow)
                return;
            await next.WaitAsync(MissedMove, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            http.RequestAborted.ThrowIfCancellationRequested();
        }
    }

    private Task<EventPage> Look(EventFilter filter, long after, Viewer viewer, CancellationToken cancellation) => filter.Run is { } run
        ? events.OfRun(run, filter, after, Page, viewer, cancellation)
        : events.List(filter, after, Page, viewer, cancellation);
}

/// <summary>Where it is mapped.</summary>
public static class EventRoutes
{
    /// <summary>Maps <c>GET /events</c>.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapGet("/events", (HttpContext http, EventStreamEndpoint events) => events.Write(http));
}
