using Debci.Api.GraphQL.Statistics;
using Debci.Api.Views;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>A suite over time: a chart for each architecture with results.</summary>
public sealed record StatusView(string Suite, IReadOnlyList<string> Suites, Span Span, IReadOnlyList<(string Arch, ChartDrawing Drawing)> Charts);

/// <summary>How many packages of a suite had which status, day by day.</summary>
public sealed class StatusPage(StatusesQueries statuses, KnownPlaces places, TimeProvider clock)
{
    /// <summary>The spans to choose from, the usual one first.</summary>
    public static readonly IReadOnlyList<Span> Spans = [new(90, "90 days"), new(30, "30 days"), new(365, "a year"), new(StatusHistoryField.Most, "three years")];

    /// <summary>Reads it.</summary>
    /// <param name="asked">The suite; null for the first.</param>
    /// <param name="days">How many days; null for the usual number.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Debci.Domain.RefusedException">There is no such suite, or no such span is offered.</exception>
    public async Task<Page> Load(string? asked, int? days, CancellationToken cancellation)
    {
        var (suite, span) = (asked ?? places.FirstSuite, Span.Of(Spans, days));
        var known = await places.Check(suite, null, cancellation);
        var period = Period.Last(span.Days, clock);
        var charts = (await statuses.Days(suite, cancellation)).OrderBy(d => d.Key, StringComparer.Ordinal)
            .Select(d => (Arch: d.Key, Drawing: ChartDrawing.Of([.. StatusJson.EveryDay(d.Value, period.To).Where(day => day.Day >= period.From)]))).ToList();
        return new Page($"Status of {suite}", typeof(Charts), new StatusView(suite, known.Suites, span, charts), Query(suite, period, [.. charts.Select(c => c.Arch)]),
            [("Suites", "/")], StatusAddresses.Live(suite, null));
    }

    private static string Query(string suite, Period period, IReadOnlyList<string> arches) => arches.Count == 0 ? "{ server { suites arches position } }"
        : $"{{ {string.Join("\n  ", arches.Select((arch, i) => $"place{i}: statusHistory(suite: {Addresses.Literal(suite)}, arch: {Addresses.Literal(arch)}, from: \"{Period.Text(period.From)}\") {{ day pass fail neutral tmpfail total }}"))} }}";
}
