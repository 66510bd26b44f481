using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// What a page amounts to: the rows asked for in it, then steps in the log's order. Events of one kind that follow one another are one
/// step; a place depends on what started before, so steps of different kinds must not change places, however the log is cut into pages.
/// </summary>
internal sealed class QueueFold
{
    private readonly List<(RecordedEvent At, BatchEvent.Requested Run)> asked = [];
    private readonly List<string> givenUp = [];
    private readonly List<QueueStep> steps = [];
    private long front;

    public void Add(RecordedEvent e)
    {
        var happened = IsOfQueue(e.Name) ? e.Decode() : null;
        if (MovesFront(happened))
            front = e.Position;
        switch (happened)
        {
            case BatchEvent.Requested h: asked.Add((e, h)); break;
            case BatchEvent.Joined h: Raise(h.Run.Id, h.Priority); break;
            case BatchEvent.GivenUp:
                asked.RemoveAll(a => a.At.Stream == e.Stream);
                givenUp.Add(e.Stream);
                break;
            case BatchEvent.Accepted: Step<QueueStep.Accepts>().Streams.Add(e.Stream); break;
            case RunEvent.Started h:
                Step<QueueStep.Moves>().Started.Add((h.Run.Id, e.RecordedAt.UtcDateTime));
                Move(h.Run.Id, new("running", h.Attempt, h.Worker, e.RecordedAt.UtcDateTime));
                break;
            case RunEvent.AttemptFailed h:
                Move(h.Run.Id, new("pending", h.Attempt, null, null, h.DelaySeconds is { } s ? (e.RecordedAt.UtcDateTime, s) : null, h.OtherHost is true ? h.Worker : null));
                break;
            case RunEvent.Lost h: Move(h.Run.Id, new("pending", h.Attempt, null, null, null, h.Worker)); break;
            case RunEvent.Finished h: Move(h.Run.Id, QueueStep.Ended); break;
            case RunEvent.Cancelled h: Move(h.Run.Id, QueueStep.Ended); break;
            case RunEvent.Superseded h: Move(h.Run.Id, QueueStep.Ended); break;
            case RunEvent.Abandoned h: Move(h.Run.Id, QueueStep.Ended); break;
            // The clocks of an arch that is paused stand still themselves.
            case PolicyEvent.Paused { Kind: not PauseKind.Arch } h: steps.Add(new QueueStep.Pauses(h.Kind, h.Name)); break;
            case PolicyEvent.Unpaused { Kind: not PauseKind.Arch } h: steps.Add(new QueueStep.CatchesUp(h.Kind, h.Name)); break;
            case PolicyEvent.Quarantined h: steps.Add(new QueueStep.Holds(h.Package, h.Suite, h.Arch, h.Version, Held: true)); break;
            case PolicyEvent.QuarantineLifted h: steps.Add(new QueueStep.Holds(h.Package, h.Suite, h.Arch, h.Version, Held: false)); break;
        }
    }

    public void Write(Writes writes)
    {
        writes.Add($"delete from {writes.Schema}.queue_open where stream = any($1)", givenUp.ToArray());
        writes.Add($"""
            insert into {writes.Schema}.queue_open (run, stream, package, suite, arch, private, requester, triggers, pins, extra_sources,
                backend, priority, retry_of, requested_at, lane, clock, flow, version)
            select run, stream, package, suite, arch, private, requester, triggers, pins::jsonb, extra_sources,
                backend, priority, retry_of, requested_at, lane, clock, flow, version
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) as page (run, stream, package, suite,
                arch, private, requester, triggers, pins, extra_sources, backend, priority, retry_of, requested_at, lane, clock, flow, version)
            """, [
            asked.Column(a => a.Run.Run.Id), asked.Column(a => a.At.Stream),
            asked.Column(a => a.Run.Run.Package), asked.Column(a => a.Run.Run.Suite), asked.Column(a => a.Run.Run.Arch),
            asked.Column(a => a.Run.Run.Private), asked.Column(a => a.Run.Requester), asked.Column(a => Columns.Words(a.Run.Triggers)),
            asked.Column(a => Columns.Json(a.Run.Pins)), asked.Column(a => Columns.Words(a.Run.ExtraSources)), asked.Column(a => a.Run.Backend),
            asked.Column(a => a.Run.Priority), asked.Column(a => a.Run.RetryOf), asked.Column(a => a.At.RecordedAt.UtcDateTime),
            asked.Column(a => Lane.Of(a.Run)), asked.Column(a => Lane.ClockOf(a.Run)), asked.Column(a => a.Run.Triggers is [var first, ..] ? first : ""),
            asked.Column(a => Trigger.VersionOf(a.Run.Triggers, a.Run.Run.Package))]);
        foreach (var step in steps)
            step.Write(writes);
        writes.Add($"insert into {writes.Schema}.queue_front (position) select * from unnest($1) on conflict (only_row) do update set position = excluded.position", front == 0 ? Array.Empty<long>() : [front]);
    }

    /// <summary>Whether the event may put a run before others that wait: what came, came back, was raised or is held no more. Starts and ends do not.</summary>
    internal static bool MovesFront(object? happened) =>
        happened is BatchEvent.Accepted or BatchEvent.Joined or RunEvent.AttemptFailed or RunEvent.Lost or PolicyEvent.QuarantineLifted;

    internal static bool IsOfQueue(string name) => name.StartsWith("run.", StringComparison.Ordinal)
        || name.StartsWith("batch.", StringComparison.Ordinal) || name.StartsWith("policy.quarantine", StringComparison.Ordinal)
        || name == StoredNames.Of<PolicyEvent.Paused>() || name == StoredNames.Of<PolicyEvent.Unpaused>();

    // The same run again is another step: what the first did to its place stays.
    private void Raise(long run, int priority)
    {
        if (!Step<QueueStep.Raises>().Runs.TryAdd(run, priority))
            steps.Add(new QueueStep.Raises { Runs = { [run] = priority } });
    }

    // The last state of a run within a step is the one that counts.
    private void Move(long run, QueueStep.State state) => Step<QueueStep.Moves>().Runs[run] = state;

    private T Step<T>() where T : QueueStep, new()
    {
        if (steps is not [.., T last])
            steps.Add(last = new T());
        return last;
    }
}
