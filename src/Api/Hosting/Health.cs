using Debci.Api.Amqp;
using Debci.Api.Files;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Hosting;

/// <summary>
/// <c>GET /health</c>, for those who watch over the server: 200 when it serves, 503 with the reasons when not. The log is named always: its engine, and why it
/// cannot be reached where it cannot. A part that the rest does without (the bridge to RabbitMQ, the store of files) is named, and harms nobody else.
/// </summary>
internal static class Health
{
    public static void MapHealth(this IEndpointRouteBuilder routes) => routes.MapGet("/health",
        async (ReadPosition position, Projector projector, BridgeHealth bridge, FileStoreWatch files, LogProbe probe, CancellationToken cancellation) =>
    {
        var asked = await probe.Look(cancellation);
        var log = new { asked.Engine, Reachable = asked.Trouble is null, asked.Trouble };
        return position switch
        {
            { FirstLook.IsCompleted: false } => Results.Json(new { Status = "starting", log }, statusCode: 503),
            _ when !log.Reachable => Results.Json(new { Status = "the log is away", log }, statusCode: 503),
            { Stopped: { Count: > 0 } stopped } => Results.Json(new { Status = "read models stopped", stopped, log }, statusCode: 503),
            _ when projector.Trouble is { } trouble => Results.Json(new { Status = "the projector was interrupted", trouble, log }, statusCode: 503),
            _ when Parts(bridge, files) is { Count: > 0 } parts => Results.Json(new { Status = "ok, but for a part", parts, log }),
            _ => Results.Json(new { Status = "ok", log }),
        };
    });

    private static Dictionary<string, string> Parts(BridgeHealth bridge, FileStoreWatch files)
    {
        var parts = new Dictionary<string, string>(bridge.Troubles, StringComparer.Ordinal);
        if (files.Trouble is { } trouble)
            parts.Add("files", trouble);
        return parts;
    }
}
