namespace Debci.Projections;

internal abstract partial class QueueStep
{
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
}
