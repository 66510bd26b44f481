using System.Collections.Concurrent;
using Debci.Domain;
using Debci.Projections;

namespace Debci.Api.Dispatch;

/// <summary>A worker as dispatch sees it.</summary>
/// <param name="Row">What it said of itself, and how it stands.</param>
/// <param name="LastCall">When it called last; null for never.</param>
public sealed record SeenWorker(WorkerRow Row, DateTimeOffset? LastCall);

/// <summary>Workers and decisions, as they were a moment ago.</summary>
/// <param name="At">When, by the database's clock.</param>
/// <param name="Workers">All that ever announced themselves.</param>
/// <param name="Pauses">What is paused.</param>
/// <param name="Rejects">The reject list that commands made.</param>
/// <param name="Quarantines">What is held.</param>
public sealed record DispatchView(DateTimeOffset At, IReadOnlyList<SeenWorker> Workers, IReadOnlyList<PauseRow> Pauses, RejectList Rejects,
    IReadOnlyList<QuarantineRow> Quarantines)
{
    // Two lost calls of a worker that waits, and a pause between them.
    private static readonly TimeSpan AliveFor = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan KnownFor = TimeSpan.FromDays(7);

    private readonly Dictionary<string, WorkerRow> byName = Workers.ToDictionary(w => w.Row.Name, w => w.Row, StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> takers = new(StringComparer.Ordinal);

    /// <summary>How a worker stands; null for one that is not known yet.</summary>
    public WorkerRow? Of(string worker) => byName.GetValueOrDefault(worker);

    /// <summary>Backends that are paused.</summary>
    public IReadOnlySet<string> PausedBackends { get; } = Pauses.Where(p => p.Kind == PauseKind.Backend).Select(p => p.Name).ToHashSet();

    /// <summary>The workers that are there: they called within five minutes.</summary>
    public IReadOnlyList<SeenWorker> Alive { get; } = [.. Workers.Where(w => w.LastCall > At - AliveFor)];

    /// <summary>Those of them that take runs: neither drained nor set aside.</summary>
    public IEnumerable<SeenWorker> Taking => Alive.Where(w => Takes(w.Row));

    /// <summary>What is said of a run that is held.</summary>
    public const string InQuarantine = "It is in quarantine: its runs were abandoned again and again. An operator can lift that";

    /// <summary>Whether runs for such a request are held in quarantine.</summary>
    public bool IsHeld(TestRequest request) => Quarantines.Any(q => (q.Package, q.Suite, q.Arch) == (request.Package, request.Suite, request.Arch)
        && (q.Version is null || Trigger.VersionOf(request.Triggers, request.Package) is not { } version || version == q.Version));

    /// <summary>Whether runs of this lane are not given out, whoever asks.</summary>
    public PauseRow? PauseOf(Lane lane) => Pauses.FirstOrDefault(p =>
        (p.Kind == PauseKind.Arch && p.Name == lane.Arch) || (p.Kind == PauseKind.Suite && p.Name == lane.Suite));

    /// <summary>The backend on which an offer can take runs of this lane now; null for none.</summary>
    public string? BackendFor(Offer offer, Lane lane) =>
        PauseOf(lane) is null ? Routing.BackendFor(offer, lane.Arch, lane.Needs, PausedBackends) : null;

    /// <summary>Whether another worker than this is there and takes runs of this lane.</summary>
    public bool AnotherTakes(string worker, Lane lane) => takers.GetOrAdd(lane.Name, _ => // two of them answer for every worker
        [.. Taking.Where(w => BackendFor(w.Row.Offer, lane) is not null).Select(w => w.Row.Name).Take(2)]).Any(name => name != worker);

    /// <summary>Why runs of this lane do not start, in a sentence; null when nothing but other runs is in their way.</summary>
    public string? WhyNot(Lane lane)
    {
        if (PauseOf(lane) is { } pause)
            return $"{pause.Name} is paused";
        var able = Workers.Where(w => w.LastCall > At - KnownFor && Routing.BackendFor(w.Row.Offer, lane.Arch, lane.Needs, new HashSet<string>()) is not null).ToList();
        return able switch
        {
            [] => $"No known worker can take it: none offers {string.Join(", ", [lane.Arch, .. lane.Needs])}{(lane.Needs.Count > 0 ? " together" : "")}",
            _ when able.All(w => BackendFor(w.Row.Offer, lane) is null) => "Every backend that could take it is paused",
            _ when !able.Any(w => Takes(w.Row)) => "Every worker that could take it is drained or set aside",
            _ when !able.Any(w => w.LastCall > At - AliveFor) => "No worker that could take it has called within five minutes",
            _ => null,
        };
    }

    /// <summary>How many runs the workers that are there and take from this lane take at once, and how many they have now.</summary>
    public (int Capacity, int Busy) CapacityFor(Lane lane)
    {
        var takers = Taking.Where(w => BackendFor(w.Row.Offer, lane) is not null).ToList();
        return (takers.Sum(w => w.Row.Capacity), takers.Sum(w => w.Row.Runs.Count));
    }

    private static bool Takes(WorkerRow worker) => worker.DrainedAt is null && worker.SetAsideAt is null;
}
