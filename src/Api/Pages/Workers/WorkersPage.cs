using Debci.Api.Claims;
using Debci.Api.Dispatch;
using Debci.Projections;

namespace Debci.Api.Pages.Workers;

/// <summary>The workers that have announced themselves.</summary>
public sealed class WorkersPage(WorkersQueries workers, Leases leases)
{
    private const string Query = "{ workers { name arches backends tags capacity software runs lastCall drainedAt drainedWhy setAsideAt setAsideWhy } }";

    /// <summary>Reads it.</summary>
    public async Task<Page> Load(Viewer viewer, CancellationToken cancellation)
    {
        var (_, calls) = await leases.LastCalls(cancellation);
        var rows = await workers.List(viewer, cancellation);
        IReadOnlyList<SeenWorker> view = [.. rows.Select(w => new SeenWorker(w, calls.TryGetValue(w.Name, out var at) ? at : null))];
        return new Page("Workers", typeof(Workers), view, Query, Live: Page.EveryRun);
    }
}
