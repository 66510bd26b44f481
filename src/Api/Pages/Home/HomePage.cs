using Debci.Api.Configuration;
using Debci.Projections;

namespace Debci.Api.Pages.Home;

/// <summary>What the first page shows.</summary>
public sealed record HomeView(
    IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, IReadOnlyDictionary<(string Suite, string Arch), StatsRow> Stats,
    IReadOnlyList<QueueRow> Running, IReadOnlyList<HistoryRow> Newest);

/// <summary>The first page: every suite on every architecture, what runs, what just came in.</summary>
public sealed class HomePage(LiveConfiguration live, StatsQueries stats, QueueQueries queue, HistoryQueries history)
{
    private const int Most = 12;
    private const string Query = """
        { stats { suite arch pass fail neutral tmpfail pending running }
          running: runs(filter: {state: RUNNING}, first: 12) { nodes { id package suite arch worker startedAt } }
          newest: runs(filter: {state: FINISHED}, first: 12) { nodes { id package suite arch status version endedAt } } }
        """;

    /// <summary>Reads it.</summary>
    public async Task<Page> Load(Viewer viewer, CancellationToken cancellation)
    {
        var rows = await stats.All(cancellation);
        var view = new HomeView(
            [.. live.Archive.Suites.Union(rows.Select(r => r.Suite)).Order(StringComparer.Ordinal)], [.. live.Archive.Arches.Union(rows.Select(r => r.Arch)).Order(StringComparer.Ordinal)],
            rows.ToDictionary(r => (r.Suite, r.Arch)), await queue.Running(Most, viewer, cancellation), await history.Newest(Most, viewer, cancellation));
        return new Page("Debian packages, tested", typeof(Home), view, Query, Live: Page.EveryRun);
    }
}
