using System.Globalization;
using System.Text;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>The counts of days as areas upon each other, those of the troubles at the bottom, where they can be compared.</summary>
/// <param name="Days">What is drawn, the oldest first; one at least.</param>
public sealed record ChartDrawing(IReadOnlyList<StatusDay> Days)
{
    /// <summary>How wide it is, in its own units; it is stretched to its place.</summary>
    public const int Width = 600;

    /// <summary>How high it is.</summary>
    public const int Height = 160;

    private const int MostPoints = 120;

    /// <summary>A drawing of many days shows some of them, at equal distances, the newest among them.</summary>
    public static ChartDrawing Of(IReadOnlyList<StatusDay> days)
    {
        var step = (days.Count + MostPoints - 1) / MostPoints;
        return new ChartDrawing([.. days.Where((_, i) => (days.Count - 1 - i) % step == 0)]);
    }

    /// <summary>How many days lie between two that are drawn.</summary>
    public int Step => Days.Count < 2 ? 1 : Days[1].Day.DayNumber - Days[0].Day.DayNumber;

    /// <summary>The top of the scale: the next number with one digit and zeros, or an even one below ten.</summary>
    public long Top { get; } = RoundUp(Math.Max(2, Days.Max(d => d.Total)));

    /// <summary>The areas, from the bottom: the status and its path.</summary>
    public IEnumerable<(string Status, string Path)> Areas()
    {
        var below = new long[Days.Count];
        foreach (var (status, count) in Stack)
        {
            var above = Days.Select((day, i) => below[i] + count(day)).ToArray();
            if (!above.SequenceEqual(below))
                yield return (status, Path(below, above));
            below = above;
        }
    }

    private static readonly (string Status, Func<StatusDay, long> Count)[] Stack =
        [("fail", d => d.Fail), ("tmpfail", d => d.Tmpfail), ("neutral", d => d.Neutral), ("pass", d => d.Pass)];

    private string Path(long[] below, long[] above)
    {
        var path = new StringBuilder("M");
        for (var i = 0; i < above.Length; i++)
            Point(path, i, above[i]);
        if (above.Length == 1)
            path.Append(CultureInfo.InvariantCulture, $"H{Width}V{Y(below[0])}"); // one day is as wide as all
        for (var i = below.Length - 1; i >= 0; i--)
            Point(path, i, below[i]);
        return path.Append('Z').ToString();
    }

    private void Point(StringBuilder path, int day, long height) =>
        path.Append(CultureInfo.InvariantCulture, $"{(path.Length == 1 ? "" : "L")}{(Days.Count == 1 ? 0 : (double)Width * day / (Days.Count - 1)):0.#} {Y(height):0.#}");

    private double Y(long height) => Height - ((double)Height * height / Top);

    private static long RoundUp(long number)
    {
        var unit = 1L;
        while (number > 10 * unit)
            unit *= 10;
        var rounded = (number + unit - 1) / unit * unit;
        return unit > 1 ? rounded : rounded + (rounded % 2); // a half of it stands at the scale
    }
}
