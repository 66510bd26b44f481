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
    /// <param name="viewer">Who looks.</param>
    /// <param name="cancellation">Gives up.</param>
    public async Task<Page> Load(string package, string suite, string arch, string? after, Viewer viewer, CancellationToken cancellation)
    {
        long? before = string.IsNullOrEmpty(after) ? null : await positions.ReadPassed(after, "after", cancellation);
        var rows = await history.List(package, suite, arch, before, Most + 1, viewer, cancellation);
        if (rows.Count == 0 && before is null)
            return await packages.Unknown(package, cancellation) with { Title = $"No results of {StoredText.Quote(package)} on {StoredText.Quote($"{suite}/{arch}")}" };
        var address = Addresses.History(package, suite, arch);
        var view = new HistoryView([.. rows.Take(Most)],
            Older: rows.Count > Most ? Addresses.With(address, ("after", positions.Show(rows[Most - 1].Position))) : null, Newest: before is null ? null : address);
        return new Page($"{package} on {suite}/{arch}", typeof(History), view, Query(package, suite, arch, after),
            [("Packages", "/"), (package, Addresses.Package(package))],
            before is null ? new Dictionary<string, string> { ["package"] = package, ["suite"] = suite, ["arch"] = arch } : null);
    }

    private static string Query(string package, string suite, string arch, string? after) => $$"""
        { history(package: {{Addresses.Literal(package)}}, suite: {{Addresses.Literal(suite)}}, arch: {{Addresses.Literal(arch)}}, first: {{Most}}
            {{(string.IsNullOrEmpty(after) ? "" : $", after: {Addresses.Literal(after)}")}}) {
            nodes { run status version triggers pinned durationSeconds finishedAt worker message } pageInfo { hasNextPage endCursor } } }
        """;
}
