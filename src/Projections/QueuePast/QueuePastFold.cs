using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// What a page amounts to. Its statements go by kind and not in the log's order, since of one run these follow one another in one order only:
/// asked for, raised, started, failed, over. What comes for a run that is over by then is left out.
/// </summary>
internal sealed class QueuePastFold
{
    private readonly List<Asked> asked = [];
    private readonly List<string> givenUp = [];
    private readonly Dictionary<string, long> accepted = [];
    private readonly List<(long Run, long Position, int Priority)> raised = [];
    private readonly Dictionary<long, Start> started = [];
    private readonly List<Failure> failed = [];
    private readonly Dictionary<long, long> over = [];

    private sealed record Asked(long Run, string Stream, int Priority);

    private sealed record Start(long Position, DateTime At);

    // Of an attempt that began in an earlier page the row knows the start.
    private sealed record Failure(long Run, long Position, int Attempt, string Worker, Start? Began, DateTime? NotBefore);

    public void Add(RecordedEvent e)
    {
        if (!e.Name.StartsWith("run.", StringComparison.Ordinal) && !e.Name.StartsWith("batch.", StringComparison.Ordinal))
            return;
        switch (e.Decode())
        {
            case BatchEvent.Requested h: asked.Add(new Asked(h.Run.Id, e.Stream, h.Priority)); break;
            case BatchEvent.Joined h when !over.ContainsKey(h.Run.Id): raised.Add((h.Run.Id, e.Position, h.Priority)); break;
            case BatchEvent.GivenUp:
                asked.RemoveAll(a => a.Stream == e.Stream);
                givenUp.Add(e.Stream);
                break;
            case BatchEvent.Accepted: accepted[e.Stream] = e.Position; break;
            case RunEvent.Started h: started[h.Run.Id] = new Start(e.Position, e.RecordedAt.UtcDateTime); break;
            case RunEvent.AttemptFailed h:
                Fail(h.Run.Id, e, h.Attempt, h.Worker, h.DelaySeconds is { } pause ? e.RecordedAt.UtcDateTime.AddSeconds(pause) : null);
                break;
            case RunEvent.Lost h: Fail(h.Run.Id, e, h.Attempt, h.Worker, null); break;
            case RunEvent.Finished h: over[h.Run.Id] = e.Position; break;
            case RunEvent.Cancelled h: over[h.Run.Id] = e.Position; break;
            case RunEvent.Superseded h: over[h.Run.Id] = e.Position; break;
            case RunEvent.Abandoned h: over[h.Run.Id] = e.Position; break;
        }
    }

    public void Write(Writes writes)
    {
        var s = writes.Schema;
        writes.Add($"delete from {s}.queue_asked where stream = any($1)", givenUp.ToArray());
        writes.Add($"""
            with whole as (
                delete from {s}.queue_asked q using unnest($1, $2) as a (stream, position) where q.stream = a.stream returning q.run, a.position, q.priority)
            insert into {s}.queue_lives (run, since, priority) select * from whole
            """, accepted.Column(a => a.Key), accepted.Column(a => a.Value));
        var whole = asked.Where(a => accepted.ContainsKey(a.Stream)).ToList(); // as most batches are: they need not be kept aside
        writes.Add($"insert into {s}.queue_lives (run, since, priority) select * from unnest($1, $2, $3)",
            whole.Column(a => a.Run), whole.Column(a => accepted[a.Stream]), whole.Column(a => (short)a.Priority));
        var open = asked.Where(a => !accepted.ContainsKey(a.Stream)).ToList();
        writes.Add($"insert into {s}.queue_asked (run, stream, priority) select * from unnest($1, $2, $3)",
            open.Column(a => a.Run), open.Column(a => a.Stream), open.Column(a => (short)a.Priority));
        WriteRaises(writes);
        WriteAttempts(writes);
        writes.Add($"""
            with over as (
                delete from {s}.queue_lives q using unnest($1, $2) as o (run, position) where q.run = o.run returning q.run, q.since, o.position, q.began, q.priority)
            insert into {s}.queue_past (run, since, until, began, priority) select * from over order by position
            """, over.Column(o => o.Key), over.Column(o => o.Value));
    }

    // Each keeps what the priority was before it; one that raised nothing is nothing.
    private void WriteRaises(Writes writes) => writes.Add($"""
        with asked as (
            select q.run, r.position, r.priority, greatest(q.priority, max(r.priority) over (partition by r.run order by r.position rows between unbounded preceding and 1 preceding)) as was
            from unnest($1, $2, $3) as r (run, position, priority) join {writes.Schema}.queue_lives q on q.run = r.run),
        kept as (insert into {writes.Schema}.queue_raises (run, position, was) select run, position, was from asked where priority > was)
        update {writes.Schema}.queue_lives q set priority = a.priority
        from (select run, max(priority) as priority from asked where priority > was group by run) a where a.run = q.run
        """, raised.Column(r => r.Run), raised.Column(r => r.Position), raised.Column(r => (short)r.Priority));

    private void WriteAttempts(Writes writes)
    {
        writes.Add($"""
            insert into {writes.Schema}.queue_attempts (run, began, until, attempt, worker, started_at, not_before)
            select q.run, coalesce(f.began, q.began), f.position, f.attempt, f.worker, coalesce(f.started_at, q.started_at), f.not_before
            from unnest($1, $2, $3, $4, $5, $6, $7) as f (run, began, position, attempt, worker, started_at, not_before) join {writes.Schema}.queue_lives q on q.run = f.run
            """, failed.Column(f => f.Run), failed.Column(f => f.Began?.Position), failed.Column(f => f.Position), failed.Column(f => (short)f.Attempt),
            failed.Column(f => f.Worker), failed.Column(f => f.Began?.At), failed.Column(f => f.NotBefore));
        var newest = started.ToArray();
        writes.Add($"""
            update {writes.Schema}.queue_lives q set began = b.began, started_at = b.started_at
            from unnest($1, $2, $3) as b (run, began, started_at) where q.run = b.run
            """, newest.Column(b => b.Key), newest.Column(b => b.Value.Position), newest.Column(b => b.Value.At));
    }

    private void Fail(long run, RecordedEvent e, int attempt, string worker, DateTime? notBefore) =>
        failed.Add(new Failure(run, e.Position, attempt, worker, started.GetValueOrDefault(run), notBefore));
}
