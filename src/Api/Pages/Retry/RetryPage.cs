using Debci.Api.Keys;
using Debci.Api.Runs;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Pages.Retry;

/// <summary>What the page shows.</summary>
/// <param name="Run">The run to repeat.</param>
/// <param name="NeedsKey">Whether the visitor's browser sends no key by itself.</param>
public sealed record RetryView(RunRow Run, bool NeedsKey);

/// <summary>Where a person asks for the same run again.</summary>
public sealed class RetryPage(KnownRuns known)
{
    /// <summary>Reads the run.</summary>
    /// <exception cref="RefusedException">There is no such run, or none that the visitor may see.</exception>
    public async ValueTask<Page> Load(long id, Caller caller, CancellationToken cancellation)
    {
        var run = await known.Get(id, caller, cancellation);
        return new Page($"Retry run {id}", typeof(Retry), new RetryView(run, caller.Scopes.Count == 0), $$"""{ run(id: {{id}}) { id package suite arch state status triggers } }""",
            [("Packages", "/"), (run.Key.Package, Addresses.Package(run.Key.Package)), ($"run {id}", Addresses.Run(id))]);
    }
}
