using Debci.Api.GraphQL.Statistics;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>One page of the packages that fail in a suite.</summary>
public sealed record FailingView(string Suite, IReadOnlyList<string> Suites, IReadOnlyList<SuitePackage<Failure>> Packages, string? Next, string? First);

/// <summary>The packages that fail on any architecture of a suite.</summary>
public sealed class FailingPage(TroubleQueries trouble, KnownPlaces places)
{
    private const string Address = "/status/failing";
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
        var rows = await trouble.Failing(suite, after, Most + 1, cancellation);
        var view = new FailingView(suite, known.Suites, [.. rows.Take(Most)],
            rows.Count > Most ? Addresses.With(Address, ("suite", suite), ("after", rows[Most - 1].Package)) : null, after is null ? null : Addresses.With(Address, ("suite", suite)));
        return new Page($"Failing in {suite}", typeof(Failing), view, Query(suite, after), StatusAddresses.Above(suite), StatusAddresses.Live(suite, after));
    }

    private static string Query(string suite, string? after) => $$"""
        { failing(suite: {{Addresses.Literal(suite)}}, first: {{Most}}{{(after is null ? "" : $", after: {Addresses.Literal(after)}")}}) {
            nodes { package failures { since result { arch version message runId } } } pageInfo { hasNextPage endCursor } } }
        """;
}
