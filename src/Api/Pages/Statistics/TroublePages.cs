using Debci.Api.GraphQL.Statistics;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>One page of the packages of a suite that something is said of.</summary>
/// <typeparam name="T">What is said of one on an architecture.</typeparam>
public sealed record TroubleView<T>(string Suite, IReadOnlyList<string> Suites, IReadOnlyList<SuitePackage<T>> Packages, string? Next, string? First);

/// <summary>The packages of a suite that its maintainers look after, by name, some on a page: those that fail, and those whose results differ.</summary>
public sealed class TroublePages(TroubleQueries trouble, KnownPlaces places)
{
    private const int Most = 50;

    /// <summary>The packages that fail on any architecture.</summary>
    /// <param name="suite">The suite; null for the first.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Debci.Domain.RefusedException">There is no such suite.</exception>
    public Task<Page> Failing(string? suite, string? after, CancellationToken cancellation) => Load(new Question<Failure>(
        "Failing", "/status/failing", typeof(Failing), trouble.Failing, "failing", "failures { since result { arch version message runId } }"), suite, after, cancellation);

    /// <summary>The packages whose current results differ between architectures.</summary>
    /// <param name="suite">The suite; null for the first.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="Debci.Domain.RefusedException">There is no such suite.</exception>
    public Task<Page> PlatformSpecific(string? suite, string? after, CancellationToken cancellation) => Load(new Question<IndexRow>(
        "Platform-specific results", "/status/platform-specific-issues", typeof(PlatformSpecific), trouble.PlatformSpecific, "platformSpecific", "results { arch status version message runId }"), suite, after, cancellation);

    private async Task<Page> Load<T>(Question<T> question, string? asked, string? after, CancellationToken cancellation)
    {
        var suite = asked ?? places.FirstSuite;
        var known = await places.Check(suite, null, cancellation);
        var rows = await question.Ask(suite, after, Most + 1, cancellation);
        var view = new TroubleView<T>(suite, known.Suites, [.. rows.Take(Most)],
            rows.Count > Most ? Addresses.With(question.Address, ("suite", suite), ("after", rows[Most - 1].Package)) : null,
            after is null ? null : Addresses.With(question.Address, ("suite", suite)));
        return new Page($"{question.Title} in {suite}", question.Body, view, question.Query(suite, after), StatusAddresses.Above(suite), StatusAddresses.Live(suite, after));
    }

    // What a page asks for and how it shows that; last the same in GraphQL.
    private sealed record Question<T>(string Title, string Address, Type Body, Func<string, string?, int, CancellationToken, Task<IReadOnlyList<SuitePackage<T>>>> Ask, string Field, string Nodes)
    {
        public string Query(string suite, string? after) => $$"""
            { {{Field}}(suite: {{Addresses.Literal(suite)}}, first: {{Most}}{{(after is null ? "" : $", after: {Addresses.Literal(after)}")}}) {
                nodes { package {{Nodes}} } pageInfo { hasNextPage endCursor } } }
            """;
    }
}
