using Debci.Domain;

namespace Debci.Projections;

internal abstract partial class QueueStep
{
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
}
