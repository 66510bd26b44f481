using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Queue;

/// <summary>One page of the queue.</summary>
public sealed record QueueView(
    IReadOnlyList<string> Suites, IReadOnlyList<string> Arches, string? Suite, string? Arch, long Pending, long Running,
    IReadOnlyList<QueueRow> RunningNow, IReadOnlyList<QueueRow> Rows, IReadOnlyDictionary<long, Outlook> Outlooks, IReadOnlyList<PauseRow> Pauses, string? Next, string? First);

/// <summary>What waits, in the order in which workers take it, and what runs.</summary>
public sealed class QueuePage(LiveConfiguration live, QueueQueries queue, StatsQueries stats, Forecast forecast, PoliciesQueries policies, Texts texts)
{
    private const int Most = 100;
    private const int MostRunning = 500;

    /// <summary>Reads it.</summary>
    public async Task<Page> Load(string? suite, string? arch, string? after, Viewer viewer, CancellationToken cancellation)
    {
        (suite, arch) = (Given(suite), Given(arch));
        if ((suite is null ? null : live.Archive.CheckSuite(suite, "suite")) is { } noSuite)
            throw new RefusedException(noSuite);
        if ((arch is null ? null : live.Archive.CheckArch(arch, "arch")) is { } noArch)
            throw new RefusedException(noArch);
        var cursor = string.IsNullOrEmpty(after) ? null : QueueCursor.Read(after)
            ?? throw new RefusedException(RefusalCode.Invalid, "This page is not of the queue; begin at its first page.", "after");
        var rows = await queue.List(new QueueFilter(suite, arch, State: "pending"), cursor, Most + 1, viewer, cancellation);
        var outlooks = await forecast.Of([.. rows.Take(Most)], cancellation);
        var running = (await queue.Running(MostRunning, viewer, cancellation)).Where(r => Fits(suite, r.Suite) && Fits(arch, r.Arch)).ToList();
        var counts = (await stats.All(cancellation)).Where(s => Fits(suite, s.Suite) && Fits(arch, s.Arch)).ToList();
        var view = new QueueView([.. live.Archive.Suites.Order(StringComparer.Ordinal)], [.. live.Archive.Arches.Order(StringComparer.Ordinal)], suite, arch,
            counts.Sum(s => s.Pending), counts.Sum(s => s.Running), running, [.. rows.Take(Most)], outlooks, await Pauses(cancellation),
            rows.Count > Most ? Addresses.With("/queue", ("suite", suite), ("arch", arch), ("after", $"{new QueueCursor(rows[Most - 1].Place, rows[Most - 1].Run)}")) : null,
            cursor is null ? null : Addresses.With("/queue", ("suite", suite), ("arch", arch)));
        return new Page("Queue", typeof(Queue), view, Query(suite, arch, after), Live: Page.EveryRun);
    }

    private async Task<IReadOnlyList<PauseRow>> Pauses(CancellationToken cancellation)
    {
        var pauses = await policies.Pauses(cancellation);
        var reasons = await texts.Find(pauses.Select(p => p.Reason), cancellation);
        return [.. pauses.Select(p => p with { Reason = p.Reason is { } why ? reasons.GetValueOrDefault(why) : null })];
    }

    private static string? Given(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private static bool Fits(string? wanted, string actual) => wanted is null || wanted == actual;

    private static string Query(string? suite, string? arch, string? after) => $$"""
        { queue(first: {{Most}}{{Argument("suite", suite)}}{{Argument("arch", arch)}}{{Argument("after", after)}}) {
            nodes { run package suite arch state priority attempts worker requestedAt startedAt place expectedStart waitsFor } pageInfo { hasNextPage endCursor } } }
        """;

    private static string Argument(string name, string? value) => string.IsNullOrEmpty(value) ? "" : $", {name}: {Addresses.Literal(value)}";
}
