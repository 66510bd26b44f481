namespace Debci.Projections;

internal abstract partial class QueueStep
{
    /// <summary>Runs that start, come back, or end.</summary>
    public sealed class Moves : QueueStep
    {
        public List<(long Run, DateTime At)> Started { get; } = [];

        public Dictionary<long, State> Runs { get; } = [];

        public override void Write(Writes writes)
        {
            var s = writes.Schema;
            writes.Add($"""
                update {s}.queue_clocks c set now = greatest(c.now + {LeastMove} * a.starts, a.reached), last_start = a.last
                from (select clock, starts, max(began + {LeastMove} * (starts - nth)) as reached, max(at) as last
                    from (select q.clock, q.place - {Weight} as began, t.at, row_number() over (partition by q.clock order by t.ord) as nth, count(*) over (partition by q.clock) as starts
                        from unnest($1, $2) with ordinality as t (run, at, ord) join {s}.queue q on q.run = t.run) one
                    group by clock, starts) a
                where c.clock = a.clock
                """, Started.Column(t => t.Run), Started.Column(t => t.At));
            var moved = Runs.ToArray();
            Array[] columns = [
                moved.Column(m => m.Key), moved.Column(m => m.Value.Name), moved.Column(m => m.Value.Attempts), moved.Column(m => m.Value.Worker),
                moved.Column(m => m.Value.StartedAt), moved.Column(m => m.Value.Pause?.At), moved.Column(m => m.Value.Pause?.Seconds), moved.Column(m => m.Value.Avoid)];
            writes.Add($"""
                with m as (
                    select q.run, q.clock, q.requester, q.flow, q.lane, q.private, t.state, t.attempts, t.worker, t.started_at, t.pause_at, t.pause, t.avoid,
                        (t.state = 'pending')::int - (q.state = 'pending')::int as pending, (t.state = 'running')::int - (q.state = 'running')::int as running
                    from unnest($1, $2, $3, $4, $5, $6, $7, $8) as t (run, state, attempts, worker, started_at, pause_at, pause, avoid)
                        join {s}.queue q on q.run = t.run),
                flows as (
                    update {s}.queue_flows f set waiting = greatest(0, f.waiting + d.pending) -- one that came back may find its flow forgotten
                    from (select clock, requester, flow, sum(pending) as pending from m group by clock, requester, flow) d
                    where (f.clock, f.requester, f.flow) = (d.clock, d.requester, d.flow) and d.pending <> 0),
                lanes as (
                    update {s}.queue_lanes l set pending = l.pending + d.pending, running = l.running + d.running
                    from (select lane, private, sum(pending) as pending, sum(running) as running from m group by lane, private) d
                    where (l.lane, l.private) = (d.lane, d.private) and (d.pending, d.running) <> (0, 0)),
                over as (delete from {s}.queue q using m where q.run = m.run and m.state = 'ended')
                update {s}.queue q set state = m.state, attempts = m.attempts, worker = m.worker, started_at = m.started_at,
                    not_before = m.pause_at + make_interval(secs => m.pause), avoid = m.avoid -- by the log's clock: who gives runs out bounds it by the clock of now
                from m where q.run = m.run and m.state <> 'ended'
                """, columns);
        }
    }
}
