using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Queue;

/// <summary>One page of the queue.</summary>
public sealed record QueueView(
    IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, string? Suite, string? Arch, long Pending, long Running,
    IReadOnlyList<QueueRow> RunningNow, IReadOnlyList<QueueRow> Rows, IReadOnlyDictionary<long, Outlook>? Outlooks, IReadOnlyList<PauseRow> Pauses, string? Next, string? First);

/// <summary>What waits, in the order in which workers take it, and what runs; or what did, in the order in which it was asked for.</summary>
public sealed class QueuePage(
    LiveConfiguration live, QueueQueries queue, StatsQueries stats, Forecast forecast, PoliciesQueries policies, Texts texts, QueuePastQueries queuePast, PoliciesPastQueries policiesPast)
{
    private const int Most = 100;
    private const int MostRunning = 500;

    /// <summary>Reads it.</summary>
    public async Task<Page> Load(string? suite, string? arch, string? after, PageMoment? asOf, Viewer viewer, CancellationToken cancellation)
    {
        (suite, arch) = (Given(suite), Given(arch));
        if ((suite is null ? null : live.Archive.CheckSuite(suite, "suite")) is { } noSuite)
            throw new RefusedException(noSuite);
        if ((arch is null ? null : live.Archive.CheckArch(arch, "arch")) is { } noArch)
            throw new RefusedException(noArch);
        var cursor = string.IsNullOrEmpty(after) ? null : QueueCursor.Read(after)
            ?? throw new RefusedException(RefusalCode.Invalid, "This page is not of the queue; begin at its first page.", "after");
        var (read, links) = (asOf is null ? await Now(suite, arch, cursor, viewer, cancellation) : await Then(suite, arch, cursor, asOf.Position, viewer, cancellation), Links.Of(asOf));
        var view = new QueueView([.. live.Archive.Suites.Order(StringComparer.Ordinal)], [.. live.Archive.Arches.Order(StringComparer.Ordinal)], suite, arch,
            read.Pending, read.Running, read.RunningNow, [.. read.Rows.Take(Most)], read.Outlooks, await WithReasons(read.Pauses, cancellation),
            read.Rows.Count > Most ? links.With("/queue", ("suite", suite), ("arch", arch), ("after", $"{new QueueCursor(read.Rows[Most - 1].Place, read.Rows[Most - 1].Run)}")) : null,
            cursor is null ? null : links.With("/queue", ("suite", suite), ("arch", arch)));
        return new Page("Queue", typeof(Queue), view, Query(suite, arch, after, asOf), Live: Page.EveryRun);
    }

    // One row more than a page holds, if there is one.
    private sealed record Found(
        IReadOnlyList<QueueRow> Rows, IReadOnlyList<QueueRow> RunningNow, long Pending, long Running, IReadOnlyDictionary<long, Outlook>? Outlooks, IReadOnlyList<PauseRow> Pauses);

    private async Task<Found> Now(string? suite, string? arch, QueueCursor? cursor, Viewer viewer, CancellationToken cancellation)
    {
        var rows = await queue.List(new QueueFilter(suite, arch, State: "pending"), cursor, Most + 1, viewer, cancellation);
        var outlooks = await forecast.Of([.. rows.Take(Most)], cancellation);
        var running = (await queue.Running(MostRunning, viewer, cancellation)).Where(r => Fits(suite, r.Suite) && Fits(arch, r.Arch)).ToList();
        var counts = (await stats.All(cancellation)).Where(s => Fits(suite, s.Suite) && Fits(arch, s.Arch)).ToList();
        return new Found(rows, running, counts.Sum(s => s.Pending), counts.Sum(s => s.Running), outlooks, await policies.Pauses(cancellation));
    }

    // Nobody expects anything of what is over: no places, no likely starts.
    private async Task<Found> Then(string? suite, string? arch, QueueCursor? cursor, long asOf, Viewer viewer, CancellationToken cancellation)
    {
        var rows = await queuePast.List(new QueueFilter(suite, arch, State: "pending"), cursor, Most + 1, viewer, asOf, cancellation);
        var running = await queuePast.List(new QueueFilter(suite, arch, State: "running"), null, MostRunning, viewer, asOf, cancellation);
        var (waiting, taken) = await queuePast.Load(suite, arch, asOf, cancellation);
        return new Found(rows, [.. running.OrderByDescending(r => r.StartedAt)], waiting, taken, null, await policiesPast.Pauses(asOf, cancellation));
    }

    private async Task<IReadOnlyList<PauseRow>> WithReasons(IReadOnlyList<PauseRow> pauses, CancellationToken cancellation)
    {
        var reasons = await texts.Find(pauses.Select(p => p.Reason), cancellation);
        return [.. pauses.Select(p => p with { Reason = p.Reason is { } why ? reasons.GetValueOrDefault(why) : null })];
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool Fits(string? wanted, string actual) => wanted is null || wanted == actual;

    private static string Query(string? suite, string? arch, string? after, PageMoment? asOf) => $$"""
        { queue(first: {{Most}}{{Argument("suite", suite)}}{{Argument("arch", arch)}}{{Argument("after", after)}}{{PageMoment.Argument(asOf)}}) {
            nodes { run package suite arch state priority attempts worker requestedAt startedAt place expectedStart waitsFor } pageInfo { hasNextPage endCursor } } }
        """;

    private static string Argument(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $", {name}: {Addresses.Literal(value)}";
}
