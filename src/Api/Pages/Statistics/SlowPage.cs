using Debci.Api.GraphQL.Statistics;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Statistics;

/// <summary>One page of the slowest.</summary>
public sealed record SlowView(string Suite, IReadOnlyList<string> Suites, string? Arch, IReadOnlyList<string> Arches, IReadOnlyList<IndexRow> Rows, string? Next, string? First);

/// <summary>The current results of a suite whose runs took longest.</summary>
public sealed class SlowPage(TroubleQueries trouble, KnownPlaces places)
{
    private const string Address = "/status/slow";
    private const int Most = 50;

    /// <summary>Reads it.</summary>
    /// <param name="asked">The suite; null for the first.</param>
    /// <param name="arch">The architecture; null for all.</param>
    /// <param name="after">Where the page before ended.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="RefusedException">There is no such suite or architecture, or <paramref name="after"/> is of another list.</exception>
    public async Task<Page> Load(string? asked, string? arch, string? after, CancellationToken cancellation)
    {
        var suite = asked ?? places.FirstSuite;
        var known = await places.Check(suite, arch, cancellation);
        var cursor = after is null ? null : SlowCursor.Read(after)
            ?? throw new RefusedException(RefusalCode.Invalid, "This page does not belong to this list; begin at the first page.", "after");
        var rows = await trouble.Slow(suite, arch, cursor, Most + 1, cancellation);
        var first = Addresses.With(Address, ("suite", suite), ("arch", arch));
        var view = new SlowView(suite, known.Suites, arch, known.Arches, [.. rows.Take(Most)],
            rows.Count > Most ? Addresses.With(Address, ("suite", suite), ("arch", arch), ("after", SlowCursor.Show(rows[Most - 1]))) : null, after is null ? null : first);
        return new Page($"Slowest in {suite}{(arch is null ? "" : $" on {arch}")}", typeof(Slow), view, Query(suite, arch, after), StatusAddresses.Above(suite), StatusAddresses.Live(suite, after));
    }

    private static string Query(string suite, string? arch, string? after) => $$"""
        { slow(suite: {{Addresses.Literal(suite)}}{{(arch is null ? "" : $", arch: {Addresses.Literal(arch)}")}}, first: {{Most}}{{(after is null ? "" : $", after: {Addresses.Literal(after)}")}}) {
            nodes { package arch durationSeconds result { status version finishedAt runId } } pageInfo { hasNextPage endCursor } } }
        """;
}
