using Debci.Api.Files;
using Debci.Domain;

namespace Debci.Api.Hosting;

/// <summary>Says of a server that it only reads: it answers queries, pages and subscriptions, and refuses whatever would change something.</summary>
/// <param name="Refusal">What is said to who wants to change something.</param>
/// <param name="SignsIn">Whether browsers can sign in: a session is a row of the server's own.</param>
/// <param name="IsBehind">Whether its database may be behind what was acknowledged; then it does not speak for the gate.</param>
public sealed record ReadsOnly(string Refusal, bool SignsIn, bool IsBehind)
{
    /// <summary>A server beside those that act, as <c>[server] reads-only</c> asks for; its database may be a standby.</summary>
    internal static readonly ReadsOnly Beside = new("This server only reads; send it to one that does not, which stands on the primary of PostgreSQL.", SignsIn: false, IsBehind: true);

    /// <summary>Leaves out all that acts by itself: of the loops those stay that only look.</summary>
    /// <param name="services">All services.</param>
    /// <param name="ours">Where among them those of this program begin.</param>
    internal void Replace(IServiceCollection services, int ours)
    {
        for (var i = services.Count - 1; i >= ours; i--)
        {
            if (services[i].ServiceType == typeof(IHostedService)) // projector, rescuer, reactions, chores
                services.RemoveAt(i);
        }
        services.AddSingleton(this).AddHostedService<ReadSide>().AddHostedService(s => s.GetRequiredService<FileStoreWatch>());
    }

    /// <summary>Refuses requests by what they are; a GraphQL document is looked at where it is read.</summary>
    internal void Guard(WebApplication app) => app.Use(async (http, next) =>
    {
        if (http.Request.Path.StartsWithSegments("/worker") || !(Reads(http.Request) || (SignsIn && IsForm(http.Request))))
            throw new RefusedException(RefusalCode.NotAllowed, Refusal);
        await next(http);
    });

    private static bool Reads(HttpRequest request) => HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method)
        || (HttpMethods.IsPost(request.Method) && request.Path.StartsWithSegments("/graphql"));

    // Signing in changes nothing that anybody else sees.
    private static bool IsForm(HttpRequest request) => HttpMethods.IsPost(request.Method) && request.Path.Value is "/audit/sign-in" or "/audit/sign-out";
}
