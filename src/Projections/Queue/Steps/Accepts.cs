namespace Debci.Projections;

internal abstract partial class QueueStep
{
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
}
