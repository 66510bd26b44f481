using Debci.Api.Configuration;
using Debci.Api.Maintainers;
using Debci.Api.Pages;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views.Feeds;

/// <summary>
/// <c>/data/feeds/PREFIX/PACKAGE.xml</c>, debci's feed of a package, <c>/data/feeds/status/SUITE/ARCH.xml</c>, and <c>/data/feeds/maintainer/ADDRESS.xml</c>: public transitions alone.
/// </summary>
public sealed class FeedViews(StatusesQueries statuses, PackagesQueries packages, MaintainerStore maintainers, Atom atom, LiveConfiguration live)
{
    private const int MostOfPackage = 10; // of each suite and architecture, as debci
    private const int MostOfPlace = 50;
    private const int MostOfMaintainer = 50;

    /// <summary>A package's feed; null when no public run of it has finished.</summary>
    public async Task<Feed?> OfPackage(string package, CancellationToken cancellation)
    {
        var entries = await statuses.OfPackage(package, MostOfPackage, cancellation);
        var begun = entries.Count > 0 ? Newest(entries) : await packages.NewestOf(package, cancellation);
        return begun is not { } updated ? null
            : new Feed($"package {package}", $"{package}: news of its tests", Address(package), Addresses.Package(package), updated, entries);
    }

    /// <summary>Where a package's feed is.</summary>
    public static string Address(string package) => $"/data/feeds/{Names.Prefix(package)}/{Uri.EscapeDataString(package)}.xml";

    /// <summary>Where the feed of a suite and architecture is.</summary>
    public static string Address(string suite, string arch) => $"/data/feeds/status/{Uri.EscapeDataString(suite)}/{Uri.EscapeDataString(arch)}.xml";

    /// <summary>Answers with a package's feed.</summary>
    public async Task Package(string prefix, string package, HttpContext http)
    {
        var feed = package.Length > 0 && Names.Prefix(package) == prefix ? await OfPackage(package, http.RequestAborted) : null;
        await http.AnswerTagged(ContentType, atom.Write(feed ?? throw new RefusedException(RefusalCode.UnknownRun, $"Nothing is known of {StoredText.Quote($"{prefix}/{package}")}.")));
    }

    /// <summary>Answers with the feed of a suite and architecture.</summary>
    public async Task Place(string suite, string arch, HttpContext http)
    {
        var feed = await OfPlace(suite, arch, http.RequestAborted);
        if (feed.Entries.Count == 0 && (live.Archive.CheckSuite(suite) ?? live.Archive.CheckArch(arch)) is { } unknown)
            throw new RefusedException(RefusalCode.UnknownRun, unknown.Sentence);
        await http.AnswerTagged(ContentType, atom.Write(feed));
    }

    /// <summary>Answers with the feed of all that somebody maintains.</summary>
    public async Task Maintainer(string address, HttpContext http)
    {
        var sources = await maintainers.PackagesOf(address, http.RequestAborted);
        if (sources.Count == 0)
            throw new RefusedException(RefusalCode.UnknownRun, $"No source of an archive that is followed here names {StoredText.Quote(address)} as its maintainer or uploader.");
        var entries = await statuses.OfPackages(sources, MostOfMaintainer, http.RequestAborted);
        var name = MaintainerStore.Normal(address);
        var feed = new Feed($"maintainer {name}", $"{name}: news of tests of {(sources.Count == 1 ? "1 source" : $"{sources.Count} sources")}", $"/data/feeds/maintainer/{Uri.EscapeDataString(name)}.xml", "/",
            entries.Count > 0 ? Newest(entries) : DateTime.UnixEpoch, entries);
        await http.AnswerTagged(ContentType, atom.Write(feed));
    }

    /// <summary>The feed of a suite and architecture.</summary>
    public async Task<Feed> OfPlace(string suite, string arch, CancellationToken cancellation)
    {
        var entries = await statuses.OfPlace(suite, arch, MostOfPlace, cancellation);
        var updated = entries.Count > 0 ? Newest(entries) : (await statuses.Mark(suite, arch, cancellation)).ChangedAt ?? DateTime.UnixEpoch;
        return new Feed($"status {suite} {arch}", $"{suite} on {arch}: news of tests", Address(suite, arch), Addresses.Suite(suite, arch), updated, entries);
    }

    // They stand as they came; one that is published late came with an old time.
    private static DateTime Newest(IReadOnlyList<TransitionRow> entries) => entries.Max(e => e.FinishedAt);

    private const string ContentType = Atom.ContentType + "; charset=utf-8";
}
