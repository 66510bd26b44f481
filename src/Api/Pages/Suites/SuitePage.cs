using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Suites;

/// <summary>One page of a suite and architecture.</summary>
public sealed record SuiteView(StatsRow Stats, IndexQuestion Asked, IReadOnlyList<IndexRow> Rows, string? Next, string? First);

/// <summary>The packages of a suite and architecture: counted, filtered, sorted.</summary>
public sealed class SuitePage(LiveConfiguration live, StatsQueries stats, IndexQueries index)
{
    private const int Most = 50;

    /// <summary>Reads it.</summary>
    /// <param name="asked">Which part, in which order.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">There is no such suite or architecture, or <paramref name="after"/> is of another list.</exception>
    public async Task<Page> Load(IndexQuestion asked, string? after, CancellationToken cancellation)
    {
        var known = (await stats.All(cancellation)).FirstOrDefault(s => (s.Suite, s.Arch) == (asked.Suite, asked.Arch));
        if (known is null && (live.Archive.CheckSuite(asked.Suite, "suite") ?? live.Archive.CheckArch(asked.Arch, "arch")) is { } refusal)
            throw new RefusedException(refusal);
        var cursor = string.IsNullOrEmpty(after) ? null : IndexCursor.Read(asked.Order, after)
            ?? throw new RefusedException(RefusalCode.Invalid, "This page does not belong to this order; begin at the first page.", "after");
        var rows = await index.List(asked, cursor, Most + 1, cancellation);
        var view = new SuiteView(known ?? new StatsRow(asked.Suite, asked.Arch, 0, 0, 0, 0, 0, 0), asked, [.. rows.Take(Most)],
            rows.Count > Most ? Address(asked, IndexCursor.Show(asked.Order, rows[Most - 1])) : null, cursor is null ? null : Address(asked));
        return new Page($"{asked.Suite} on {asked.Arch}", typeof(Suite), view, Query(asked, after), [("Suites", "/")],
            new Dictionary<string, string> { ["suite"] = asked.Suite, ["arch"] = asked.Arch });
    }

    /// <summary>The address of a part of it.</summary>
    public static string Address(IndexQuestion asked, string? after = null) => Addresses.With(Addresses.Suite(asked.Suite, asked.Arch),
        ("status", asked.Status is { } status ? Words.Of(status) : null), ("name", asked.Search),
        ("sort", asked.Order == IndexOrder.Package ? null : asked.Order.ToString().ToLowerInvariant()), ("down", asked.Descending ? "1" : null), ("after", after));

    private static string Query(IndexQuestion asked, string? after) => $$"""
        { index(suite: {{Addresses.Literal(asked.Suite)}}, arch: {{Addresses.Literal(asked.Arch)}}, first: {{Most}}, orderBy: {{asked.Order.ToString().ToUpperInvariant()}}
            {{(asked.Status is { } s ? $", status: {s.ToString().ToUpperInvariant()}" : "")}}{{(asked.Search is null ? "" : $", search: {Addresses.Literal(asked.Search)}")}}
            {{(asked.Descending ? ", descending: true" : "")}}{{(string.IsNullOrEmpty(after) ? "" : $", after: {Addresses.Literal(after)}")}}) {
            nodes { package status version message durationSeconds finishedAt runId } pageInfo { hasNextPage endCursor } } }
        """;
}
