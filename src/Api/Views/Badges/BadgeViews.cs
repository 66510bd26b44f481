using Debci.Api.Configuration;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Views.Badges;

/// <summary>
/// <c>/badges/packages/PACKAGE.svg</c>, <c>…/PACKAGE/SUITE.svg</c>, <c>…/PACKAGE/SUITE/ARCH.svg</c> and <c>/badges/suites/SUITE/ARCH.svg</c>. Of what is not known there is
/// a picture too, which says so: it stands in somebody's page.
/// </summary>
public sealed class BadgeViews(IndexQueries index, StatusesQueries statuses, LiveConfiguration live)
{
    private static readonly string[] WorstFirst = ["fail", "tmpfail", "pass", "neutral"];

    /// <summary>How a package stands everywhere, in a suite, or on one architecture of it.</summary>
    public async Task Package(string package, string? suite, string? arch, HttpContext http)
    {
        var all = await index.OfPackages([package], cancellation: http.RequestAborted);
        var left = await statuses.Left(package, [.. all.Select(r => r.Suite).Distinct()], http.RequestAborted);
        var rows = all.Where(r => (suite is null || r.Suite == suite) && (arch is null || r.Arch == arch) && !left.Contains(r.Suite)).ToList();
        await Answer(http, (suite, arch) switch { (null, _) => package, (_, null) => $"{package} {suite}", _ => $"{package} {suite}/{arch}" },
            [.. rows.GroupBy(r => JobJson.Word(r.Status)).Select(g => (g.Key, (long)g.Count()))], alone: arch is not null);
    }

    /// <summary>How a suite stands on an architecture.</summary>
    public async Task Suite(string suite, string arch, HttpContext http)
    {
        var days = (live.Archive.CheckSuite(suite) ?? live.Archive.CheckArch(arch)) is null ? await statuses.Days(suite, arch, http.RequestAborted) : [];
        var now = days.Count == 0 ? new StatusDay(default, 0, 0, 0, 0) : days[^1];
        await Answer(http, $"{suite}/{arch}", [("pass", now.Pass), ("fail", now.Fail), ("neutral", now.Neutral), ("tmpfail", now.Tmpfail)], alone: false);
    }

    private static Task Answer(HttpContext http, string label, IReadOnlyList<(string Word, long Count)> counts, bool alone)
    {
        var there = WorstFirst.SelectMany(word => counts.Where(c => c.Word == word && c.Count > 0)).ToList();
        if (there.Count == 0)
            http.Response.StatusCode = StatusCodes.Status404NotFound;
        var text = there.Count == 0 ? "unknown" : alone || there is [{ Count: 1 }] ? there[0].Word : string.Join(", ", there.Select(c => $"{c.Count} {c.Word}"));
        return http.AnswerTagged("image/svg+xml", Badge.Svg(StoredText.Clean(label, 100), text, there.Count == 0 ? "unknown" : there[0].Word));
    }
}
