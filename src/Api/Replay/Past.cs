using Debci.Domain;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Replay;

/// <summary>The moment that a server shows, when it shows the past.</summary>
/// <param name="Log">The log as it was.</param>
/// <param name="At">When its last event was recorded; null for a log that had none.</param>
/// <param name="Position">That event's position, as positions are shown.</param>
public sealed record Past(IEventLog Log, DateTimeOffset? At, string Position)
{
    /// <summary>What is said to who wants to change something.</summary>
    public const string Refusal = "This server shows the past, where nothing can be changed; ask the one that serves the present.";

    /// <summary>Puts the past in the place of the present: its log, and of all loops those that only read.</summary>
    /// <param name="services">All services.</param>
    /// <param name="ours">Where among them those of this program begin.</param>
    internal void Replace(IServiceCollection services, int ours)
    {
        for (var i = services.Count - 1; i >= ours; i--)
        {
            if (services[i].ServiceType == typeof(IHostedService)) // projector, rescuer, reactions, chores: what acts by itself
                services.RemoveAt(i);
        }
        services.AddSingleton(this).AddSingleton(Log).AddHostedService<PastReadSide>();
    }
}

/// <summary>Refuses whatever would change something.</summary>
internal static class PastRefusals
{
    public static void UsePastRefusals(this WebApplication app) => app.Use(async (http, next) =>
    {
        if (http.Request.Path.StartsWithSegments("/worker") || !(Reads(http.Request) || IsForm(http.Request)))
            throw new RefusedException(RefusalCode.NotAllowed, Past.Refusal);
        await next(http);
    });

    // GraphQL looks itself whether a document only reads.
    private static bool Reads(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
        || (HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/graphql"));

    // Signing in changes nothing that anybody else sees.
    private static bool IsForm(HttpRequest request) => HttpMethods.IsPost(request.Method) && request.Path.Value is "/audit/sign-in" or "/audit/sign-out";
}

/// <summary>The knowledge of the rows' position, and the feed for those who subscribe; nothing moves in either.</summary>
internal sealed class PastReadSide(ReadPosition position, RunFeed feed) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(position.Run(stoppingToken), feed.Run(stoppingToken));
}
