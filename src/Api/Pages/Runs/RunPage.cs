using Debci.Api.Pages.Log;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Runs;

/// <summary>What a run's page shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="Log">The log of its newest attempt; null before the first.</param>
/// <param name="ArtifactsUrl">Where its artifacts are, if it has any.</param>
public sealed record RunView(RunRow Run, LogView? Log, string? ArtifactsUrl);

/// <summary>One run: what, why, where, what came of it.</summary>
public sealed class RunPage(RunsQueries runs, LogViews logs)
{
    /// <summary>Reads it; with a line of its log that must be on the page, or 0.</summary>
    public async Task<Page> Load(long id, int line, Viewer viewer, CancellationToken cancellation)
    {
        if (await runs.Find(id, viewer, cancellation) is not { } run)
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {id}, or none that you may see.");
        var (package, suite, arch) = (run.Key.Package, run.Key.Suite, run.Key.Arch);
        return new Page($"Run {id}: {package} on {suite}/{arch}", typeof(Run), new RunView(run, await logs.Of(run, line, cancellation), Artifacts(run)), Query(id),
            [("Packages", "/"), (package, Addresses.Package(package)), ($"{suite}/{arch}", Addresses.History(package, suite, arch))],
            run.IsOver ? null : new Dictionary<string, string> { ["package"] = package, ["suite"] = suite, ["arch"] = arch });
    }

    private static string? Artifacts(RunRow run) => run is { IsOver: true, ArtifactsBytes: not null } ? FileAddresses.Artifacts(run.Key) : null;

    private static string Query(long id) => $$"""
        { run(id: {{id}}) { id package suite arch state status message version attempt worker backend cause exitCode durationSeconds requester
            triggers pins { suite packages } extraSources priority requestedAt startedAt endedAt retryOf testCount tests { name result detail } logUrl artifactsUrl } }
        """;
}
