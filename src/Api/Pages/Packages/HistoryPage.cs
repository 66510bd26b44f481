using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Packages;

/// <summary>One page of a package's history on a suite and architecture.</summary>
public sealed record HistoryView(IReadOnlyList<HistoryRow> Rows, string? Older, string? Newest);

/// <summary>A package's results on one suite and architecture, newest first.</summary>
public sealed class HistoryPage(HistoryQueries history, PackagePage packages, GraphQL.Positions positions)
{
    private const int Most = 50;

    /// <summary>Reads it.</summary>
    /// <param name="package">Of which package.</param>
    /// <param name="suite">In which suite.</param>
    /// <param name="arch">On which architecture.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="asOf">As of this moment; null for now.</param>
    /// <param name="viewer">Who looks.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Page> Load(string package, string suite, string arch, string? after, PageMoment? asOf, Viewer viewer, CancellationToken cancellation)
    {
        long? before = string.IsNullOrEmpty(after) ? null : await positions.ReadPassed(after, "after", cancellation);
        var shown = asOf is null ? before : Math.Min(before ?? long.MaxValue, asOf.Position + 1);
        var rows = await history.List(package, suite, arch, shown, Most + 1, viewer, cancellation);
        if (rows.Count == 0 && shown is null)
            return await packages.Unknown(package, cancellation) with { Title = $"No results of {StoredText.Quote(package)} on {StoredText.Quote($"{suite}/{arch}")}" };
        var (address, links) = (Addresses.History(package, suite, arch), Links.Of(asOf));
        var view = new HistoryView([.. rows.Take(Most)],
            Older: rows.Count > Most ? links.With(address, ("after", positions.Show(rows[Most - 1].Position))) : null, Newest: before is null ? null : links.With(address));
        return new Page($"{package} on {suite}/{arch}", typeof(History), view, Query(package, suite, arch, after, asOf),
            [("Packages", "/"), (package, links.Package(package))],
            before is null ? new Dictionary<string, string> { ["package"] = package, ["suite"] = suite, ["arch"] = arch } : null);
    }

    private static string Query(string package, string suite, string arch, string? after, PageMoment? asOf) => $$"""
        { history(package: {{Addresses.Literal(package)}}, suite: {{Addresses.Literal(suite)}}, arch: {{Addresses.Literal(arch)}}, first: {{Most}}
            {{(string.IsNullOrEmpty(after) ? "" : $", after: {Addresses.Literal(after)}")}}{{PageMoment.Argument(asOf)}}) {
            nodes { run status version triggers pinned durationSeconds finishedAt worker message } pageInfo { hasNextPage endCursor } } }
        """;
}
