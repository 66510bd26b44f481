using System.Globalization;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// The names of one requester's results in a place. A name depends on all that came before it, whoever's that is, and never changes. So the
/// history is read once from its beginning, and from then on only what is new.
/// </summary>
internal sealed class StampedNames
{
    private const int OwnWeight = 20;

    private readonly List<(DateTime Second, long Position)> names = [];
    private DateTime last = DateTime.MinValue;

    /// <summary>Whose turn it is to read on and to look.</summary>
    public Turns Turns { get; } = new();

    /// <summary>The position up to which the history has been read; 0 before the first time.</summary>
    public long Passed { get; private set; }

    /// <summary>What it takes to keep this, in names; something even where all results are of others, and nothing where there is none.</summary>
    public int Weight => last == DateTime.MinValue ? 0 : OwnWeight + names.Count;

    /// <summary>Takes what comes next.</summary>
    /// <param name="next">All that came, in the log's order.</param>
    /// <param name="passed">Up to where that is all.</param>
    public void Take(IEnumerable<Came> next, long passed)
    {
        foreach (var (at, position, counts) in next)
        {
            var own = at.AddTicks(-(at.Ticks % TimeSpan.TicksPerSecond));
            last = own > last ? own : last.AddSeconds(1);
            if (counts)
                names.Add((last, position));
        }
        Passed = passed;
    }

    /// <summary>Begins anew.</summary>
    public void Forget()
    {
        names.Clear();
        (last, Passed) = (DateTime.MinValue, 0);
    }

    /// <summary>All names from the first on of which <paramref name="isBehind"/> holds, as it does of every later one.</summary>
    public IReadOnlyList<string> From(Func<string, bool> isBehind) => [.. names.Skip(First(isBehind)).Select(n => Show(n.Second))];

    /// <summary>The position of the row of a name; null where there is no such name.</summary>
    public long? Find(string name)
    {
        var first = First(n => string.CompareOrdinal(n, name) >= 0);
        return first < names.Count && Show(names[first].Second) == name ? names[first].Position : null;
    }

    // By halves, since names sort as they came.
    private int First(Func<string, bool> isBehind)
    {
        var (low, high) = (0, names.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (isBehind(Show(names[middle].Second)))
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    private static string Show(DateTime second) => second.ToString("yyyyMMdd_HHmmss", CultureInfo.InvariantCulture);
}
