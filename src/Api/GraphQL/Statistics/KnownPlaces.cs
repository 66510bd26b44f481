using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.GraphQL.Statistics;

/// <summary>The suites and architectures that can be asked about: those of the configuration, and those that results were ever of.</summary>
public sealed class KnownPlaces(LiveConfiguration live, StatsQueries stats)
{
    /// <summary>All suites, by name.</summary>
    public async Task<IReadOnlyList<string>> Suites(CancellationToken cancellation) =>
        [.. live.Archive.Suites.Union((await stats.All(cancellation)).Select(s => s.Suite)).Order(StringComparer.Ordinal)];

    /// <summary>All architectures, by name.</summary>
    public async Task<IReadOnlyList<string>> Arches(CancellationToken cancellation) =>
        [.. live.Archive.Arches.Union((await stats.All(cancellation)).Select(s => s.Arch)).Order(StringComparer.Ordinal)];

    /// <summary>The suite that a page shows where none is named.</summary>
    public string FirstSuite => live.Current.Suites[0];

    /// <summary>Refuses names of neither; null is any.</summary>
    /// <exception cref="RefusedException">There is no such suite or architecture.</exception>
    public async Task Check(string? suite, string? arch, CancellationToken cancellation)
    {
        var refusal = suite is not null && !(await Suites(cancellation)).Contains(suite) ? live.Archive.CheckSuite(suite, "suite")
            : arch is not null && !(await Arches(cancellation)).Contains(arch) ? live.Archive.CheckArch(arch, "arch") : null;
        if (refusal is not null)
            throw new RefusedException(refusal);
    }
}
