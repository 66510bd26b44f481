using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Runs;

/// <summary>What a run's page shows.</summary>
/// <param name="Run">The run.</param>
/// <param name="LogUrl">Where its log is as a file or as plain text; null before its first attempt.</param>
/// <param name="ArtifactsUrl">Where its artifacts are, if it has any.</param>
public sealed record RunView(RunRow Run, string? LogUrl, string? ArtifactsUrl);

/// <summary>One run: what, why, where, what came of it.</summary>
public sealed class RunPage(RunsQueries runs)
{
    /// <summary>Reads it.</summary>
    public async Task<Page> Load(long id, Viewer viewer, CancellationToken cancellation)
    {
        if (await runs.Find(id, viewer, cancellation) is not { } run)
            throw new RefusedException(RefusalCode.UnknownRun, $"There is no run {id}, or none that you may see.");
        var (package, suite, arch) = (run.Key.Package, run.Key.Suite, run.Key.Arch);
        return new Page($"Run {id}: {package} on {suite}/{arch}", typeof(Run), View(run), Query(id),
            [("Packages", "/"), (package, Addresses.Package(package)), ($"{suite}/{arch}", Addresses.History(package, suite, arch))],
            run.IsOver ? null : new Dictionary<string, string> { ["package"] = package, ["suite"] = suite, ["arch"] = arch });
    }

    private static RunView View(RunRow run) => new(
        run, run.Attempt == 0 ? null : FileAddresses.Log(run.Key.Id), run is { IsOver: true, ArtifactsBytes: not null } ? FileAddresses.Artifacts(run.Key) : null);

    private static string Query(long id) => $$"""
        { run(id: {{id}}) { id package suite arch state status message version attempt worker backend cause exitCode durationSeconds requester
            triggers pins { suite packages } extraSources priority requestedAt startedAt endedAt retryOf testCount tests { name result detail } logUrl artifactsUrl } }
        """;
}
