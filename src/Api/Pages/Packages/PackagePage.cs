using Debci.Api.Views.Feeds;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Packages;

/// <summary>What a package's page shows.</summary>
public sealed record PackageView(
    string Name, IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, IReadOnlyDictionary<(string Suite, string Arch), IndexRow> Results,
    IReadOnlyList<QueueRow> Queued, IReadOnlyList<HistoryRow> Newest);

/// <summary>A package on every suite and architecture.</summary>
public sealed class PackagePage(IndexQueries index, QueueQueries queue, HistoryQueries history, RunsQueries runs, PackagesQueries packages, QueuePastQueries queuePast)
{
    private const int MostNewest = 20;
    private const int MostQueued = 100;

    /// <summary>Reads it; a page with near names when nothing is known of the package.</summary>
    public async Task<Page> Load(string name, PageMoment? asOf, Viewer viewer, CancellationToken cancellation)
    {
        var (current, waiting, past) = ( // none waits for another
            index.OfPackages([name], asOf?.Position, cancellation), Queued(name, asOf, viewer, cancellation),
            history.List(name, null, null, asOf?.Position + 1, MostNewest, viewer, cancellation));
        var (results, queued, newest) = (await current, await waiting, await past);
        if (results.Count + queued.Count + newest.Count == 0 && (await runs.List(new RunFilter(Package: name), null, 1, viewer, cancellation)).Count == 0)
            return await Unknown(name, cancellation);
        var places = results.Select(r => (r.Suite, r.Arch)).Concat(queued.Select(q => (q.Suite, q.Arch))).Concat(newest.Select(h => (h.Suite, h.Arch))).ToHashSet();
        var view = new PackageView(name, [.. places.Select(p => p.Suite).Distinct().Order(StringComparer.Ordinal)],
            [.. places.Select(p => p.Arch).Distinct().Order(StringComparer.Ordinal)], results.ToDictionary(r => (r.Suite, r.Arch)), queued, newest);
        return new Page(name, typeof(Package), view, Query(name, asOf), [("Packages", "/")], new Dictionary<string, string> { ["package"] = name }, Feed: FeedViews.Address(name));
    }

    private Task<IReadOnlyList<QueueRow>> Queued(string name, PageMoment? asOf, Viewer viewer, CancellationToken cancellation) => asOf is null
        ? queue.List(new QueueFilter(Package: name), null, MostQueued, viewer, cancellation)
        : queuePast.List(new QueueFilter(Package: name), null, MostQueued, viewer, asOf.Position, cancellation);

    /// <summary>404, with names that are like it.</summary>
    public async Task<Page> Unknown(string name, CancellationToken cancellation) => new(
        $"No package {StoredText.Quote(name)}", typeof(UnknownPackage), await packages.Near(name, 10, cancellation), Status: 404, Above: [("Packages", "/")],
        GraphQL: $"{{ similarPackages(name: {Addresses.Literal(name)}) }}");

    private static string Query(string name, PageMoment? asOf) => $$"""
        { package(name: {{Addresses.Literal(name)}}{{PageMoment.Argument(asOf)}}) { name
            results { suite arch status version finishedAt runId message }
            queued { run suite arch state priority requestedAt worker }
            history(first: {{MostNewest}}) { nodes { run suite arch status version triggers finishedAt } } } }
        """;
}
