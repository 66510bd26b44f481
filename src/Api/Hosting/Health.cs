using Debci.Projections;

namespace Debci.Api.Hosting;

/// <summary><c>GET /health</c>, for those who watch over the server: 200 when all is well, 503 with the reasons when not.</summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder routes) => routes.MapGet("/health", (ReadPosition position, Projector projector) => position switch
    {
        { FirstLook.IsCompleted: false } => Results.Json(new { Status = "starting" }, statusCode: 503),
        { Stopped: { Count: > 0 } stopped } => Results.Json(new { Status = "read models stopped", stopped }, statusCode: 503),
        _ when projector.Trouble is { } trouble => Results.Json(new { Status = "the projector was interrupted", trouble }, statusCode: 503),
        _ => Results.Json(new { Status = "ok" }),
    });
}
