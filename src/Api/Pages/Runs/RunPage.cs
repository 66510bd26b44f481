using Debci.Api.Dispatch;
using Debci.Api.Files;
using Debci.Api.Pages.Log;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Runs;

/// <summary>What a run's page shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="Log">The log of its newest attempt; null before the first, and while it cannot be read.</param>
/// <param name="LogAway">Why the log cannot be read just now, or not any more; null when it can.</param>
/// <param name="ArtifactsUrl">Where its artifacts are, if it has any.</param>
/// <param name="Outlook">Where it stands in the queue, while it is pending.</param>
/// <param name="Reason">What was said when it was cancelled.</param>
public sealed record RunView(RunRow Run, LogView? Log, string? LogAway, string? ArtifactsUrl, Outlook? Outlook, string? Reason);

/// <summary>One run: what, why, where, what came of it.</summary>
public sealed class RunPage(RunsQueries runs, QueueQueries queue, Forecast forecast, Texts texts, LogViews logs)
{
    /// <summary>Reads it; with a line of its log that must be on the page, or 0.</summary>
    public async Task<Page> Load(long id, int line, Viewer viewer, CancellationToken cancellation)
    {
        if (await runs.Find(id, viewer, cancellation) is not { } run)
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {id}, or none that you may see.");
        var (package, suite, arch) = (run.Key.Package, run.Key.Suite, run.Key.Arch);
        var (log, away) = await LogOf(run, line, cancellation);
        return new Page($"Run {id}: {package} on {suite}/{arch}", typeof(Run), new RunView(run, log, away, Artifacts(run), await OutlookOf(run, cancellation), await ReasonOf(run, cancellation)), Query(id),
            [("Packages", "/"), (package, Addresses.Package(package)), ($"{suite}/{arch}", Addresses.History(package, suite, arch))],
            run.IsOver ? null : new Dictionary<string, string> { ["package"] = package, ["suite"] = suite, ["arch"] = arch });
    }

    // All else is on the page while the store of files is away, and when it has lost the log.
    private async Task<(LogView? Log, string? Away)> LogOf(RunRow run, int line, CancellationToken cancellation)
    {
        try
        {
            return (await logs.Of(run, line, cancellation), null);
        }
        catch (FileStoreAwayException away)
        {
            return (null, away.Message);
        }
        catch (RefusedException gone) when (gone.Refusal.Code == RefusalCode.Expired)
        {
            return (null, gone.Message);
        }
    }

    private async Task<Outlook?> OutlookOf(RunRow run, CancellationToken cancellation) =>
        run.State == RunState.Pending && await queue.Find(run.Key.Id, cancellation) is { } row
            ? (await forecast.Of([row], cancellation)).GetValueOrDefault(run.Key.Id) : null;

    private async Task<string?> ReasonOf(RunRow run, CancellationToken cancellation) =>
        run.Reason is { } hash ? (await texts.Find([hash], cancellation)).GetValueOrDefault(hash) : null;

    private static string? Artifacts(RunRow run) => run is { IsOver: true, ArtifactsBytes: not null, Expired: null } ? FileAddresses.Artifacts(run.Key) : null;

    private static string Query(long id) => $$"""
        { run(id: {{id}}) { id package suite arch state status message version attempt worker backend cause exitCode durationSeconds requester
            triggers pins { suite packages } extraSources priority requestedAt startedAt endedAt retryOf testCount tests { name result detail } logUrl artifactsUrl } }
        """;
}
