using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Packages;

/// <summary>What a search found.</summary>
public sealed record SearchView(string Words, IReadOnlyList<PackageRow> Found, bool More, IReadOnlyList<string> Near);

/// <summary>Packages by a part of their name.</summary>
public sealed class SearchPage(PackagesQueries packages)
{
    private const int Most = 50;

    /// <summary>Searches; the newest packages when nothing is searched for.</summary>
    public async Task<Page> Load(string? words, CancellationToken cancellation)
    {
        var searched = StoredText.Clean((words ?? "").Trim().ToLowerInvariant(), 128); // names are lower case
        var filter = new PackageFilter(searched.Length == 0 ? null : searched);
        var found = await packages.Search(filter, searched.Length == 0 ? PackageOrder.Newest : PackageOrder.Name, null, Most + 1, cancellation);
        var near = found.Count == 0 && searched.Length > 0 ? await packages.Near(searched, 10, cancellation) : [];
        var query = searched.Length == 0 ? $"{{ packages(orderBy: NEWEST, first: {Most}) {{ nodes {{ name finishedAt }} }} }}"
            : $"{{ packages(search: {Addresses.Literal(searched)}, first: {Most}) {{ nodes {{ name finishedAt }} }} }}";
        return new Page(searched.Length == 0 ? "Packages" : $"Packages with {StoredText.Quote(searched)}", typeof(Search),
            new SearchView(searched, [.. found.Take(Most)], found.Count > Most, near), query);
    }
}
