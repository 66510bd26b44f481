using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>
/// The queue in a rebuild: all of it in memory, since it holds only what is not over. What <see cref="QueueFold"/> and its steps say in SQL, a
/// page at a time, is said here event by event; that both give the same rows is tested with many histories.
/// </summary>
internal sealed partial class QueueBulk : IBulkFold
{
    private readonly string schema;
    private readonly Dictionary<string, List<QueueEntry>> open = new(StringComparer.Ordinal);
    private readonly Dictionary<long, QueueEntry> entries = [];
    private readonly Dictionary<string, QueueClock> clocks = new(StringComparer.Ordinal);
    private readonly QueueFlows flows;
    private readonly Dictionary<(string Lane, bool Private), LaneCount> lanes = [];
    private readonly Dictionary<(string Kind, string Name, string Clock), long> pauses = [];
    private readonly HashSet<(string Package, string Suite, string Arch, string? Version)> quarantines = [];
    private readonly Dictionary<(string Package, string Suite, string Arch), List<QueueEntry>> places = [];

    private readonly Dictionary<(string Arch, string Suite, string? Backend, string Needs), (string Lane, string Clock)> names = [];
    private long front;

    // A lane that was there once has its row for ever.
    private sealed class LaneCount(string arch, string suite, string needs)
    {
        public string Arch { get; } = arch;
        public string Suite { get; } = suite;
        public string Needs { get; } = needs;
        public long Pending { get; set; }
        public long Running { get; set; }
    }

    public QueueBulk(string schema) => (this.schema, flows) = (schema, new QueueFlows(clocks));

    public bool MustSave => false;

    public Action<NpgsqlConnection> Take() => _ => { };

    public void Add(RecordedEvent e)
    {
        var at = e.RecordedAt.UtcDateTime;
        var happened = QueueFold.IsOfQueue(e.Name) ? e.Decode() : null;
        if (QueueFold.MovesFront(happened))
            front = e.Position;
        switch (happened)
        {
            case BatchEvent.Requested h:
                if (!open.TryGetValue(e.Stream, out var batch))
                    open[e.Stream] = batch = [];
                batch.Add(Entry(e.Stream, at, h));
                break;
            case BatchEvent.Joined h: Raise(h.Run.Id, h.Priority); break;
            case BatchEvent.GivenUp: open.Remove(e.Stream); break;
            case BatchEvent.Accepted: Accept(e.Stream); break;
            case RunEvent.Started h:
                Start(h.Run.Id, at);
                Move(h.Run.Id, new("running", h.Attempt, h.Worker, at));
                break;
            case RunEvent.AttemptFailed h:
                Move(h.Run.Id, new("pending", h.Attempt, null, null, h.DelaySeconds is { } s ? (at, s) : null, h.OtherHost is true ? h.Worker : null));
                break;
            case RunEvent.Lost h: Move(h.Run.Id, new("pending", h.Attempt, null, null, null, h.Worker)); break;
            case RunEvent.Finished or RunEvent.Cancelled or RunEvent.Superseded or RunEvent.Abandoned: End(LogEvent.KeyOf(e.Decode())!.Id); break;
            case PolicyEvent.Paused { Kind: not PauseKind.Arch } h: Pause($"{h.Kind}", h.Name); break;
            case PolicyEvent.Unpaused { Kind: not PauseKind.Arch } h: CatchUp($"{h.Kind}", h.Name); break;
            case PolicyEvent.Quarantined h: Hold(h.Package, h.Suite, h.Arch, h.Version, held: true); break;
            case PolicyEvent.QuarantineLifted h: Hold(h.Package, h.Suite, h.Arch, h.Version, held: false); break;
        }
    }

    // There are few lanes, and their names are put together once.
    private QueueEntry Entry(string stream, DateTime at, BatchEvent.Requested asked)
    {
        var key = (asked.Run.Arch, asked.Run.Suite, asked.Backend, asked.Needs is { Count: > 0 } needs ? Columns.Words(needs) : "");
        if (!names.TryGetValue(key, out var name))
            names[key] = name = (Lane.Of(asked), Lane.ClockOf(asked));
        return new QueueEntry(stream, at, asked, name.Lane, name.Clock);
    }

    private void Accept(string stream)
    {
        open.Remove(stream, out var batch);
        foreach (var clock in (batch ?? []).Select(r => r.Clock).Distinct().Where(c => !clocks.ContainsKey(c)).ToList())
        {
            clocks[clock] = new QueueClock(0, null);
            foreach (var (kind, name, _) in pauses.Keys.Where(p => p.Clock.Length == 0).ToList())
                pauses[(kind, name, clock)] = 0;
        }
        flows.Forget();
        foreach (var entry in (batch ?? []).OrderBy(r => r.Asked.Run.Id))
            Place(entry);
    }

    // Behind the one before it of its flow, or at its time, whichever is later.
    private void Place(QueueEntry entry)
    {
        var key = entry.FlowKey;
        if (flows.Find(key) is not { } flow)
            flows.Put(key, flow = new QueueFlow(long.MinValue, 0, 0));
        flows.Wait(key, flow, 1);
        var own = Weight(entry.Priority) * Math.Max(1, flows.Busy(key));
        entry.Place = own + Math.Max(flow.Finish, TimeOf(entry));
        flows.Finish(key, flow, entry.Place);
        entry.Held = IsHeld(entry);
        Enter(entry);
        var (arch, suite) = (entry.Asked.Run.Arch, entry.Asked.Run.Suite);
        if (!lanes.TryGetValue(LaneOf(entry), out var lane))
            lanes[LaneOf(entry)] = lane = new LaneCount(arch, suite, entry.Lane.Length > arch.Length + suite.Length + 2 ? entry.Lane[(arch.Length + suite.Length + 2)..] : "");
        lane.Pending++;
    }

    private void Enter(QueueEntry entry)
    {
        entries[entry.Asked.Run.Id] = entry;
        if (!places.TryGetValue(PlaceOf(entry), out var same))
            places[PlaceOf(entry)] = same = [];
        same.Add(entry);
    }

    // Its clock's time, which stands still for what is paused.
    private long TimeOf(QueueEntry entry) => pauses.Count == 0 ? clocks[entry.Clock].Now
        : pauses.Where(p => p.Key.Clock == entry.Clock && Covers(p.Key.Kind, p.Key.Name, entry)).Select(p => p.Value).DefaultIfEmpty(clocks[entry.Clock].Now).Min();

    private void Start(long run, DateTime at)
    {
        if (!entries.TryGetValue(run, out var entry))
            return;
        var clock = clocks[entry.Clock];
        (clock.Now, clock.LastStart) = (Math.Max(clock.Now + QueueStep.LeastMove, entry.Place - Weight(entry.Priority)), at);
    }

    private void Move(long run, QueueStep.State state)
    {
        if (!entries.TryGetValue(run, out var entry))
            return;
        Leave(entry, state);
        (entry.State, entry.NotBefore) = (state, state.Pause is { } pause ? pause.At.AddSeconds(pause.Seconds) : null);
    }

    private void End(long run)
    {
        if (!entries.Remove(run, out var entry))
            return;
        Leave(entry, QueueStep.Ended);
        if (places[PlaceOf(entry)] is { Count: > 1 } same)
            same.Remove(entry);
        else
            places.Remove(PlaceOf(entry));
    }

    private void Leave(QueueEntry entry, QueueStep.State next)
    {
        var change = Is("pending");
        lanes[LaneOf(entry)].Pending += change;
        lanes[LaneOf(entry)].Running += Is("running");
        if (change != 0 && flows.Find(entry.FlowKey) is { } flow)
            flows.Wait(entry.FlowKey, flow, change);

        int Is(string state) => (next.Name == state ? 1 : 0) - (entry.State.Name == state ? 1 : 0);
    }

    private void Raise(long run, int priority)
    {
        if (!entries.TryGetValue(run, out var entry) || priority <= entry.Priority)
            return;
        var now = clocks[entry.Clock].Now;
        var flow = flows.Find(entry.FlowKey);
        var place = Math.Max(now, flow?.Raised ?? now) + Weight(priority);
        if (flow is null)
            flows.Put(entry.FlowKey, new QueueFlow(now, 0, place));
        else
            flow.Raised = place;
        (entry.Priority, entry.Place) = (priority, Math.Min(entry.Place, place));
    }

    private static (string, string, string) PlaceOf(QueueEntry entry) => (entry.Asked.Run.Package, entry.Asked.Run.Suite, entry.Asked.Run.Arch);

    private static (string, bool) LaneOf(QueueEntry entry) => (entry.Lane, entry.Asked.Run.Private);

    private static long Weight(int priority) => 16384L >> (priority - 1);
}
