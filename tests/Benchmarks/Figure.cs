using System.Globalization;
using System.Text.Json;

namespace Debci.Benchmarks;

/// <summary>One measured figure: the median of its runs, beside its limit or rival, measured in the same run.</summary>
/// <param name="Name">Such as <c>freshness.index.p50</c>.</param>
/// <param name="Value">The median.</param>
/// <param name="Unit">ms, /s, ×.</param>
/// <param name="Limit">What it is compared with; null where the figure is a comparison itself.</param>
/// <param name="Runs">Each run.</param>
/// <param name="Setup">What was measured on what.</param>
internal sealed record Figure(string Name, double Value, string Unit, double? Limit, IReadOnlyList<double> Runs, string Setup)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public double? Ratio => Limit is { } limit and > 0 ? Math.Round(Value / limit, 3) : null;

    public static Figure Of(string name, string unit, IReadOnlyList<double> runs, string setup, double? limit = null) =>
        new(name, Round(Median(runs)), unit, limit is { } l ? Round(l) : null, [.. runs.Select(Round)], setup);

    public static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    public static double Percentile(IReadOnlyList<double> values, double percent) => values.Order().ElementAt((int)Math.Min(values.Count - 1, values.Count * percent / 100));

    public static string ToJson(IEnumerable<Figure> figures) => JsonSerializer.Serialize(figures, Json);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Name,-28} {Value,10:0.###} {Unit,-4} {(Limit is null ? "" : $"limit {Limit:0.###}, ratio {Ratio:0.###}"),-34} runs {string.Join(" ", Runs.Select(r => $"{r:0.##}"))}  ({Setup})");

    private static double Round(double value) => Math.Round(value, 3);
}
