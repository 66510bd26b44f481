namespace Debci.EventLog.Marten;

/// <summary>
/// Saves a group of appends in one call, into Marten's tables. Marten's own function saves one stream a call; this one saves any
/// number, which is what a group commit needs.
/// </summary>
/// <remarks>
/// Every append, on every node, takes one lock for the time of its transaction. So numbers are drawn in the order in which they become
/// visible: whoever has read up to a position will never find a new event below it, and the newest visible number is always a safe
/// position. Without the lock a slow transaction would leave a hole, to be waited for. With group commit the lock costs nothing: one
/// node has one writer, and several nodes take turns at the disk anyway.
/// The time is the database's clock, taken under the lock, so that it rises with the positions (as far as the clock itself does).
/// A member whose stream has moved is left out and told so; the others are saved.
/// </remarks>
internal static class AppendFunction
{
    public const string Channel = "debci_log";

    /// <summary>Members in $1..$3 (stream, expected revision, number of events), their events one behind the other in $4..$7.</summary>
    public const string Call = "select member, revision, last_position from log.debci_append($1, $2, $3, $4, $5, $6, $7)";

    public const string Ddl = $"""
        create or replace function log.debci_append(
            streams text[], expected bigint[], counts int[], ids uuid[], types text[], data text[], headers text[])
            returns table (member bigint, revision bigint, last_position bigint) language plpgsql as $$
        declare
            recorded timestamptz;
        begin
            perform set_config('synchronous_commit', 'on', true); -- an event is durable when it is acknowledged, however the session is set
            perform pg_advisory_xact_lock(hashtext('{Channel}'));
            recorded := clock_timestamp();
            return query
            with members as (
                select m.ordinal, m.stream, m.expected, m.count, coalesce(s.version, 0) as actual,
                    sum(m.count) over (order by m.ordinal) - m.count as before
                from unnest(streams, expected, counts) with ordinality as m (stream, expected, count, ordinal)
                left join log.mt_streams s on s.id = m.stream),
            fitting as (select * from members m where m.actual = m.expected),
            touched as (
                insert into log.mt_streams as s (id, version, timestamp, created)
                select f.stream, f.expected + f.count, recorded, recorded from fitting f
                on conflict (id) do update set version = excluded.version, timestamp = recorded),
            saved as (
                insert into log.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers, is_archived)
                select nextval('log.mt_events_sequence'), e.id, e.stream, e.revision, e.data::jsonb, e.type, recorded, e.type, e.headers::jsonb, false
                from (
                    select f.stream, f.expected + e.ordinal - f.before as revision, e.*
                    from unnest(ids, types, data, headers) with ordinality as e (id, type, data, headers, ordinal)
                    join fitting f on e.ordinal > f.before and e.ordinal <= f.before + f.count
                    order by e.ordinal) e
                returning seq_id, stream_id)
            select m.ordinal, case when m.actual = m.expected then m.expected + m.count else m.actual end,
                (select max(s.seq_id) from saved s where s.stream_id = m.stream)
            from members m;
            perform pg_notify('{Channel}', '');
        end $$;
        """;
}
