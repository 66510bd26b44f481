using Debci.Api.Configuration;
using Debci.Api.Views.Feeds;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Suites;

/// <summary>One page of a suite and architecture.</summary>
public sealed record SuiteView(StatsRow Stats, IndexQuestion Asked, IReadOnlyList<IndexRow> Rows, string? Next, string? First);

/// <summary>The packages of a suite and architecture: counted, filtered, sorted.</summary>
public sealed class SuitePage(LiveConfiguration live, StatsQueries stats, IndexQueries index, QueuePastQueries queuePast)
{
    private const int Most = 50;

    /// <summary>Reads it.</summary>
    /// <param name="asked">Which part, in which order.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="asOf">As of this moment; null for now.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">There is no such suite or architecture, or <paramref name="after"/> is of another list.</exception>
    public async Task<Page> Load(IndexQuestion asked, string? after, PageMoment? asOf, CancellationToken cancellation)
    {
        var known = (await stats.All(cancellation)).FirstOrDefault(s => (s.Suite, s.Arch) == (asked.Suite, asked.Arch));
        if (known is null && (live.Archive.CheckSuite(asked.Suite, "suite") ?? live.Archive.CheckArch(asked.Arch, "arch")) is { } refusal)
            throw new RefusedException(refusal);
        var cursor = string.IsNullOrEmpty(after) ? null : IndexCursor.Read(asked.Order, after)
            ?? throw new RefusedException(RefusalCode.Invalid, "This page does not belong to this order; begin at the first page.", "after");
        var (rows, links) = (await index.List(asked, cursor, Most + 1, asOf?.Position, cancellation), Links.Of(asOf));
        var counts = asOf is null ? known ?? new StatsRow(asked.Suite, asked.Arch, 0, 0, 0, 0, 0, 0) : await Counts(asked.Suite, asked.Arch, asOf.Position, cancellation);
        var view = new SuiteView(counts, asked, [.. rows.Take(Most)],
            rows.Count > Most ? Address(links, asked, IndexCursor.Show(asked.Order, rows[Most - 1])) : null, cursor is null ? null : Address(links, asked));
        return new Page($"{asked.Suite} on {asked.Arch}", typeof(Suite), view, Query(asked, after, asOf), [("Suites", "/")],
            new Dictionary<string, string> { ["suite"] = asked.Suite, ["arch"] = asked.Arch }, Feed: FeedViews.Address(asked.Suite, asked.Arch));
    }

    private async Task<StatsRow> Counts(string suite, string arch, long asOf, CancellationToken cancellation)
    {
        var packages = await index.Counts(suite, arch, asOf, cancellation);
        var (pending, running) = await queuePast.Load(suite, arch, asOf, cancellation);
        return new StatsRow(suite, arch, packages.GetValueOrDefault(Status.Pass), packages.GetValueOrDefault(Status.Fail),
            packages.GetValueOrDefault(Status.Neutral), packages.GetValueOrDefault(Status.Tmpfail), pending, running);
    }

    /// <summary>The address of a part of it.</summary>
    public static string Address(Links links, IndexQuestion asked, string? after = null) =>
        links.With(Addresses.Suite(asked.Suite, asked.Arch), [.. Parameters(asked), ("after", after)]);

    /// <summary>What tells a part of it from the whole: names and values.</summary>
    public static IReadOnlyList<(string Name, string? Value)> Parameters(IndexQuestion asked) => [
        ("status", asked.Status is { } status ? Words.Of(status) : null), ("name", asked.Search),
        ("sort", asked.Order == IndexOrder.Package ? null : asked.Order.ToString().ToLowerInvariant()), ("down", asked.Descending ? "1" : null)];

    private static string Query(IndexQuestion asked, string? after, PageMoment? asOf) => $$"""
        { index(suite: {{Addresses.Literal(asked.Suite)}}, arch: {{Addresses.Literal(asked.Arch)}}, first: {{Most}}, orderBy: {{asked.Order.ToString().ToUpperInvariant()}}
            {{(asked.Status is { } s ? $", status: {s.ToString().ToUpperInvariant()}" : "")}}{{(asked.Search is null ? "" : $", search: {Addresses.Literal(asked.Search)}")}}
            {{(asked.Descending ? ", descending: true" : "")}}{{(string.IsNullOrEmpty(after) ? "" : $", after: {Addresses.Literal(after)}")}}{{PageMoment.Argument(asOf)}}) {
            nodes { package status version message durationSeconds finishedAt runId } pageInfo { hasNextPage endCursor } } }
        """;
}
