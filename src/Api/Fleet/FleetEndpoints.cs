using System.Globalization;
using System.Text;
using Debci.EventLog;
using Debci.Projections;

namespace Debci.Api.Fleet;

/// <summary><c>GET /fleet</c>, for programs that start and end workers, and <c>GET /metrics</c>, in Prometheus' text format. Counts only: open to all.</summary>
internal static class FleetEndpoints
{
    public static void MapFleet(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/fleet", async (FleetView fleet, HttpContext http) => Results.Json(new { Kinds = await fleet.Look(http.RequestAborted) }));
        routes.MapGet("/metrics", async (FleetView fleet, IEventLog log, ReadPosition position, HttpContext http) =>
            Results.Text(Text(await fleet.Look(http.RequestAborted), await log.Head(http.RequestAborted), position.Current), "text/plain; version=0.0.4; charset=utf-8"));
    }

    private static string Text(IReadOnlyList<FleetKind> kinds, long head, long rows)
    {
        var text = new StringBuilder();
        Gauge(text, "debci_log_head", "The newest position of the log.", head);
        Gauge(text, "debci_rows_position", "The position that all read models have passed; behind the log's head they lag.", rows);
        Gauges(text, "debci_runs_pending", "Runs that wait, without those that are paused.", kinds, k => k.Pending);
        Gauges(text, "debci_runs_running", "Runs that workers have.", kinds, k => k.Running);
        Gauges(text, "debci_workers", "Workers that are there and can take such runs.", kinds, k => k.Workers);
        Gauges(text, "debci_capacity", "How many such runs they take at once.", kinds, k => k.Capacity);
        Gauges(text, "debci_capacity_wanted", "How many such runs at once are wanted to be possible.", kinds, k => k.Wanted);
        return text.ToString();
    }

    private static void Gauges(StringBuilder text, string name, string help, IReadOnlyList<FleetKind> kinds, Func<FleetKind, long> value)
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n");
        foreach (var kind in kinds) // words of the archive and of workers: none holds a quote, a backslash or a line's end
            text.Append(CultureInfo.InvariantCulture, $"{name}{{arch=\"{kind.Arch}\",needs=\"{string.Join(' ', kind.Needs)}\"}} {value(kind)}\n");
    }

    private static void Gauge(StringBuilder text, string name, string help, long value) =>
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} gauge\n{name} {value}\n");
}
