using Debci.Api.GraphQL.Statistics;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>One page of the packages whose results differ, and the architectures that they have results on.</summary>
public sealed record PlatformSpecificView(
    string Suite, IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, IReadOnlyList<SuitePackage<IndexRow>> Packages, string? Next, string? First);

/// <summary>The packages whose current results differ between architectures of a suite.</summary>
public sealed class PlatformSpecificPage(TroubleQueries trouble, KnownPlaces places)
{
    private const string Address = "/status/platform-specific-issues";
    private const int Most = 50;

    /// <summary>Reads it.</summary>
    /// <param name="asked">The suite; null for the first.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Debci.Domain.RefusedException">There is no such suite.</exception>
    public async Task<Page> Load(string? asked, string? after, CancellationToken cancellation)
    {
        var suite = asked ?? places.FirstSuite;
        var known = await places.Check(suite, null, cancellation);
        var rows = await trouble.PlatformSpecific(suite, after, Most + 1, cancellation);
        var arches = rows.SelectMany(p => p.Places).Select(r => r.Arch).Distinct().Order(StringComparer.Ordinal);
        var view = new PlatformSpecificView(suite, known.Suites, [.. arches], [.. rows.Take(Most)],
            rows.Count > Most ? Addresses.With(Address, ("suite", suite), ("after", rows[Most - 1].Package)) : null, after is null ? null : Addresses.With(Address, ("suite", suite)));
        return new Page($"Platform-specific results in {suite}", typeof(PlatformSpecific), view, Query(suite, after), StatusAddresses.Above(suite), StatusAddresses.Live(suite, after));
    }

    private static string Query(string suite, string? after) => $$"""
        { platformSpecific(suite: {{Addresses.Literal(suite)}}, first: {{Most}}{{(after is null ? "" : $", after: {Addresses.Literal(after)}")}}) {
            nodes { package results { arch status version message runId } } pageInfo { hasNextPage endCursor } } }
        """;
}
