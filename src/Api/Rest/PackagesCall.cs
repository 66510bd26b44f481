using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Rest;

/// <summary><c>GET /api/v1/packages</c>: the source packages that have a public result.</summary>
internal static class PackagesCall
{
    // JavaScript's numbers are whole up to here.
    private const long MostId = (1L << 53) - 1;

    private sealed record Package(long id, string name, string? backend, bool removed, long? storage_limit);

    private static readonly Dictionary<string, Func<Package, string?>> Filters = new(StringComparer.Ordinal)
    {
        ["id"] = p => $"{p.id}", ["name"] = p => p.name, ["backend"] = p => p.backend, ["removed"] = p => p.removed ? "true" : "false", ["storage_limit"] = p => $"{p.storage_limit}",
    };

    /// <summary>Those that fit all filters, by name. <c>id</c> is made of the name, and so the same for ever; <c>removed</c> when no suite that tested it has it any more.</summary>
    public static async Task<IResult> Get(HttpContext http, PackagesQueries packages, LiveConfiguration live)
    {
        if (http.Request.Query.Keys.FirstOrDefault(k => !Filters.ContainsKey(k)) is { } unknown)
            throw new RefusedException(RefusalCode.Invalid, $"There is no filter {StoredText.Quote(unknown)}; there are {string.Join(", ", Filters.Keys)}.", unknown);
        var removed = await packages.Removed(http.RequestAborted);
        var limit = live.Current.Retention.PackageBytes is > 0 and var bytes ? bytes : (long?)null;
        var backends = BackendPatterns(live);
        var all = (await packages.Names(http.RequestAborted)).Select(name => new Package(IdOf(name), name, backends.FirstOrDefault(b => b.Pattern.Matches(name, "", "")).Backend, removed.Contains(name), limit));
        return Results.Json(all.Where(p => http.Request.Query.All(q => Filters[q.Key](p) == q.Value.ToString())));
    }

    // What a package needs everywhere, where that is a backend: debci's backend of a package.
    private static List<(PackagePattern Pattern, string? Backend)> BackendPatterns(LiveConfiguration live) =>
        [.. live.Needs.Where(n => !n.Pattern.Text.Contains('/', StringComparison.Ordinal)).Select(n => (n.Pattern, n.Words.FirstOrDefault(live.Archive.Backends.Contains)))];

    private static long IdOf(string name) => (BinaryPrimitives.ReadInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(name))) & MostId) is var id and > 0 ? id : 1;
}
