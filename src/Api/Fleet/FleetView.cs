using Debci.Api.Configuration;
using Debci.Api.Dispatch;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Fleet;

/// <summary>A kind of worker: what it must be able to do, how much there is to do for it, and how much of it is wanted.</summary>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Needs">What else it must provide: words of <see cref="Routing"/>; none for any worker of the architecture.</param>
/// <param name="Pending">Runs that wait for such a worker, without those that are paused.</param>
/// <param name="Running">Runs of this kind that workers have.</param>
/// <param name="Workers">Workers that are there and can take them. One that can take several kinds counts in each.</param>
/// <param name="Capacity">How many runs they take at once.</param>
/// <param name="Wanted">How many runs at once are wanted to be possible.</param>
public sealed record FleetKind(string Arch, IReadOnlyList<string> Needs, long Pending, long Running, int Workers, int Capacity, long Wanted);

/// <summary>Counts for those who start and end workers.</summary>
public sealed class FleetView(QueueQueries queue, WorkersQueries workers, DispatchState dispatch, LiveConfiguration live)
{
    /// <summary>Every kind that the queue has runs of, by architecture and needs.</summary>
    public async Task<IReadOnlyList<FleetKind>> Look(CancellationToken cancellation)
    {
        var view = await dispatch.Look(cancellation);
        var durations = await workers.Durations(cancellation);
        var lanes = await queue.Load(cancellation);
        return [.. lanes.GroupBy(l => l.Lane.Clock).Select(kind => Kind([.. kind], view, durations)).OrderBy(k => k.Arch, StringComparer.Ordinal).ThenBy(k => string.Join(' ', k.Needs), StringComparer.Ordinal)];
    }

    private FleetKind Kind(IReadOnlyList<LaneLoad> lanes, DispatchView view, IReadOnlyDictionary<string, double> durations)
    {
        var lane = lanes[0].Lane;
        var pending = lanes.Where(l => view.PauseOf(l.Lane) is null).Sum(l => l.Pending);
        var running = lanes.Sum(l => l.Running);
        var able = view.Taking.Where(w => Routing.BackendFor(w.Row.Offer, lane.Arch, lane.Needs, view.PausedBackends) is not null).ToList();
        double? seconds = durations.TryGetValue(lane.Arch, out var known) ? known : null;
        return new FleetKind(lane.Arch, lane.Needs, pending, running, able.Count, able.Sum(w => w.Row.Capacity),
            FleetSize.Wanted(pending, running, seconds, live.Current.FleetTargetSeconds));
    }
}
