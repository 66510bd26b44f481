using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.GraphQL.Statistics;

/// <summary>All suites and architectures that can be asked about, each by name.</summary>
public sealed record Places(IReadOnlyList<string> Suites, IReadOnlyList<string> Arches);

/// <summary>The suites and architectures that can be asked about: those of the configuration, and those that results were ever of.</summary>
public sealed class KnownPlaces(LiveConfiguration live, StatsQueries stats)
{
    /// <summary>The suite that a page shows where none is named.</summary>
    public string FirstSuite => live.Current.Suites[0];

    /// <summary>All there are; refuses where one that is asked about is none of them, null being any.</summary>
    /// <exception cref="RefusedException">There is no such suite or architecture.</exception>
    public async Task<Places> Check(string? suite, string? arch, CancellationToken cancellation)
    {
        var seen = await stats.All(cancellation);
        var known = new Places(
            [.. live.Archive.Suites.Union(seen.Select(s => s.Suite)).Order(StringComparer.Ordinal)], [.. live.Archive.Arches.Union(seen.Select(s => s.Arch)).Order(StringComparer.Ordinal)]);
        var refusal = suite is not null && !known.Suites.Contains(suite) ? live.Archive.CheckSuite(suite, "suite")
            : arch is not null && !known.Arches.Contains(arch) ? live.Archive.CheckArch(arch, "arch") : null;
        return refusal is null ? known : throw new RefusedException(refusal);
    }
}
