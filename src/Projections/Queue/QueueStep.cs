using Debci.Domain;

namespace Debci.Projections;

/// <summary>One step of the queue, and its statements.</summary>
internal abstract class QueueStep
{
    /// <summary>How a run stands after a step.</summary>
    public sealed record State(string Name, int Attempts, string? Worker, DateTime? StartedAt, (DateTime At, int Seconds)? Pause = null, string? Avoid = null);

    /// <summary>It leaves the queue.</summary>
    public static readonly State Ended = new("ended", 0, null, null);

    // Twice the step for each priority less: 32 for priority 10, 1,024 for 5, 16,384 for 1.
    private const string Weight = "(16384 >> (priority - 1))::bigint";

    // What each start moves the clock by at least: 64 starts are a step of priority 5.
    private const int LeastMove = 16;

    public abstract void Write(Writes writes);

    // Which runs a pause is for: those of the suite, or those that need the backend.
    private const string Covers = "case p.kind when 'Suite' then q.suite = p.name else p.name = any((string_to_array(q.clock, ' '))[2:]) end";

    /// <summary>Batches that are complete: their runs get their places.</summary>
    public sealed class Accepts : QueueStep
    {
        public List<string> Streams { get; } = [];

        public override void Write(Writes writes)
        {
            var s = writes.Schema;
            writes.Add($"""
                with made as (
                    insert into {s}.queue_clocks (clock, now) select distinct clock, 0 from {s}.queue_open where stream = any($1) on conflict do nothing returning clock)
                insert into {s}.queue_pauses (kind, name, clock, began) select p.kind, p.name, m.clock, 0 from made m, {s}.queue_pauses p where p.clock = ''
                """, Streams.ToArray());
            // A flow that nobody waits in and that the clock has passed says nothing any more.
            writes.Add($"""
                delete from {s}.queue_flows f using {s}.queue_clocks c, unnest($1) as any_stream
                where c.clock = f.clock and f.waiting = 0 and f.finish <= c.now
                """, new[] { Streams[0] });
            writes.Add($"""
                with opened as (
                    delete from {s}.queue_open where stream = any($1) returning *),
                joined as (
                    select q.*, {Weight} as step, a.ord,
                        f.finish, coalesce(f.waiting, 0) = 0 and row_number() over (partition by q.clock, q.requester, q.flow order by a.ord, q.run) = 1 as opens
                    from unnest($1) with ordinality as a (stream, ord) join opened q on q.stream = a.stream
                        left join {s}.queue_flows f on (f.clock, f.requester, f.flow) = (q.clock, q.requester, q.flow)),
                active as (
                    select clock, requester, (select count(*) from {s}.queue_flows f where (f.clock, f.requester) = (j.clock, j.requester) and f.waiting > 0) as flows
                    from (select distinct clock, requester from joined) j),
                summed as ( -- each one's time, which stands still for what is paused, and the steps up to its own
                    select q.*, coalesce((select min(p.began) from {s}.queue_pauses p where p.clock = q.clock and {Covers}), c.now) as now,
                        q.step * greatest(1, q.active) as own, sum(q.step * greatest(1, q.active)) over (partition by q.clock, q.requester, q.flow order by q.ord, q.run) as steps
                    from (select joined.*, active.flows + count(*) filter (where opens) over (partition by clock, requester order by ord, run) as active
                            from joined join active using (clock, requester)) q
                        join {s}.queue_clocks c on c.clock = q.clock),
                placed as ( -- one after the other: each behind the one before it, or at its time, whichever is later
                    select s.*, steps + greatest(finish, max(now - (steps - own)) over (partition by clock, requester, flow order by ord, run)) as place from summed s),
                flows as (
                    insert into {s}.queue_flows as f (clock, requester, flow, finish, waiting)
                    select clock, requester, flow, max(place), count(*) from placed group by clock, requester, flow
                    on conflict (clock, requester, flow) do update set finish = excluded.finish, waiting = f.waiting + excluded.waiting),
                lanes as (
                    insert into {s}.queue_lanes as l (lane, private, arch, suite, needs, pending, running)
                    select lane, private, arch, suite, substr(lane, length(arch) + length(suite) + 3), count(*), 0 from placed group by lane, private, arch, suite
                    on conflict (lane, private) do update set pending = l.pending + excluded.pending)
                insert into {s}.queue (run, state, package, suite, arch, private, requester, triggers, pins, extra_sources, backend, priority,
                    retry_of, requested_at, attempts, lane, clock, flow, place, version, held)
                select run, 'pending', package, suite, arch, private, requester, triggers, pins, extra_sources, backend, priority,
                    retry_of, requested_at, 0, lane, clock, flow, place, version, exists (
                        select from {s}.queue_quarantines h where (h.package, h.suite, h.arch) = (p.package, p.suite, p.arch)
                            and (h.version is null or p.version is null or h.version = p.version))
                from placed p order by place, run
                """, Streams.ToArray());
        }
    }

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
                    not_before = least(m.pause_at, now()) + make_interval(secs => m.pause), avoid = m.avoid -- events may be dated ahead of a clock that was set back
                from m where q.run = m.run and m.state <> 'ended'
                """, columns);
        }
    }

    /// <summary>
    /// Runs that were asked for again, none twice, with a priority that may be higher: those of a flow stand in a row, as they did, behind
    /// what was raised of it before.
    /// </summary>
    public sealed class Raises : QueueStep
    {
        public Dictionary<long, int> Runs { get; } = [];

        public override void Write(Writes writes)
        {
            var s = writes.Schema;
            var asked = Runs.ToArray(); // nothing is ever removed, so they are in the log's order
            writes.Add($"""
                with asked as (
                    select run, priority, {Weight} as step, ord from unnest($1, $2) with ordinality as asked (run, priority, ord)),
                raised as (
                    select q.run, q.clock, q.requester, q.flow, a.priority, c.now,
                        greatest(c.now, f.raised) + sum(a.step) over (partition by q.clock, q.requester, q.flow order by a.ord) as place
                    from asked a join {s}.queue q on q.run = a.run and a.priority > q.priority join {s}.queue_clocks c on c.clock = q.clock
                        left join {s}.queue_flows f on (f.clock, f.requester, f.flow) = (q.clock, q.requester, q.flow)),
                flows as (
                    insert into {s}.queue_flows as f (clock, requester, flow, finish, waiting, raised)
                    select clock, requester, flow, now, 0, max(place) from raised group by clock, requester, flow, now
                    on conflict (clock, requester, flow) do update set raised = excluded.raised)
                update {s}.queue q set priority = r.priority, place = least(q.place, r.place) from raised r where q.run = r.run
                """, asked.Column(r => r.Key), asked.Column(r => r.Value));
        }
    }

    /// <summary>A suite or a backend is paused: its runs stand by their clocks as they are now, until they go on.</summary>
    public sealed class Pauses(PauseKind kind, string name) : QueueStep
    {
        // The row without a clock is for clocks that come later.
        public override void Write(Writes writes) => writes.Add($"""
            insert into {writes.Schema}.queue_pauses (kind, name, clock, began)
            select p.kind, p.name, c.clock, c.now from unnest($1, $2) as p (kind, name), (select clock, now from {writes.Schema}.queue_clocks union all select '', 0) c
            on conflict do nothing
            """, new[] { $"{kind}" }, new[] { name });
    }

    /// <summary>
    /// They go on: by as much as the clock moved since, they stand further back, in their order as before. Otherwise they would all be
    /// overdue, and stand before everybody who came meanwhile. What another pause covers waits for that one's end.
    /// </summary>
    public sealed class CatchesUp(PauseKind kind, string name) : QueueStep
    {
        public override void Write(Writes writes)
        {
            var s = writes.Schema;
            Array[] pause = [new[] { $"{kind}" }, new[] { name }];
            writes.Add($"""
                with p as (
                    delete from {s}.queue_pauses p using unnest($1, $2) as w (kind, name) where (p.kind, p.name) = (w.kind, w.name) returning p.*),
                moved as (
                    select q.run, c.now - p.began as by from p join {s}.queue_clocks c on c.clock = p.clock join {s}.queue q on q.clock = p.clock and {Covers}
                    where q.state = 'pending' and c.now > p.began and not exists (
                        select from {s}.queue_pauses p where p.clock = q.clock and not (p.kind = any($1) and p.name = any($2)) and {Covers}))
                update {s}.queue q set place = q.place + moved.by from moved where moved.run = q.run
                """, pause);
            // What its flows ask for next stands behind them.
            writes.Add($"""
                update {s}.queue_flows f set finish = last.place
                from (select q.clock, q.requester, q.flow, max(q.place) as place from {s}.queue q, unnest($1, $2) as p (kind, name)
                    where q.state = 'pending' and {Covers} group by q.clock, q.requester, q.flow) last
                where (f.clock, f.requester, f.flow) = (last.clock, last.requester, last.flow) and f.finish < last.place
                """, pause);
        }
    }

    /// <summary>A package that is held in quarantine from here on, or no more.</summary>
    public sealed class Holds(string package, string suite, string arch, string? version, bool Held) : QueueStep
    {
        public override void Write(Writes writes)
        {
            Array[] what = [new[] { package }, new[] { suite }, new[] { arch }, new[] { version }];
            writes.Add(Held
                ? $"insert into {writes.Schema}.queue_quarantines (package, suite, arch, version) select * from unnest($1, $2, $3, $4) on conflict do nothing"
                : $"delete from {writes.Schema}.queue_quarantines q using unnest($1, $2, $3, $4) as h (package, suite, arch, version) where (q.package, q.suite, q.arch) = (h.package, h.suite, h.arch) and q.version is not distinct from h.version", what);
            // Who was held while the clock went on goes on with it, not before everybody who came meanwhile.
            writes.Add($"""
                update {writes.Schema}.queue q set held = h.held, place = case when q.held and not h.held then greatest(q.place, h.now) else q.place end
                from (select q.run, c.now, exists (
                        select from {writes.Schema}.queue_quarantines h where (h.package, h.suite, h.arch) = (q.package, q.suite, q.arch)
                            and (h.version is null or q.version is null or h.version = q.version)) as held
                    from {writes.Schema}.queue q join {writes.Schema}.queue_clocks c on c.clock = q.clock join unnest($1, $2, $3) as w (package, suite, arch)
                        on (q.package, q.suite, q.arch) = (w.package, w.suite, w.arch)) h
                where h.run = q.run
                """, what[..3]);
        }
    }
}
