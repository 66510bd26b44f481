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

    /// <summary>Streams in $1..$3 (name, expected revision, new revision), events in $4..$9 (stream, revision, id, name, data, headers).</summary>
    public const string Call = "select stream, revision, saved_at from log.debci_append($1, $2, $3, $4, $5, $6, $7, $8, $9)";

    /// <summary>
    /// Gives a row for each event that was saved; and one without position for each stream that has moved, with its revision.
    /// </summary>
    /// <remarks>
    /// The planner's settings: the function's plans are made once a connection, perhaps when the tables are still empty, and scanning
    /// them whole is the best plan only then.
    /// </remarks>
    public const string Ddl = $"""
        create or replace function log.debci_append(
            streams text[], expected bigint[], revisions bigint[],
            event_streams text[], event_revisions bigint[], ids uuid[], names text[], data text[], headers text[])
            returns table (stream text, revision bigint, saved_at bigint) language plpgsql
            set enable_seqscan = off set enable_hashjoin = off set enable_mergejoin = off as $$
        #variable_conflict use_column
        declare
            recorded timestamptz;
            moved text[];
        begin
            perform set_config('synchronous_commit', 'on', true); -- an event is durable when it is acknowledged, however the session is set
            perform pg_advisory_xact_lock(hashtext('{Channel}'));
            -- A clock that is set back must not date an event before those that precede it: readers ask for what was recorded since a time.
            recorded := greatest(clock_timestamp(), (select timestamp from log.mt_events order by seq_id desc limit 1));
            moved := array(
                select m.name from unnest(streams, expected) as m (name, expected) left join log.mt_streams s on s.id = m.name
                where coalesce(s.version, 0) <> m.expected);
            insert into log.mt_streams as s (id, version, timestamp, created)
                select m.name, m.revision, recorded, recorded from unnest(streams, revisions) as m (name, revision) where m.name <> all (moved)
                on conflict (id) do update set version = excluded.version, timestamp = recorded;
            return query
                insert into log.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, headers, is_archived)
                select nextval('log.mt_events_sequence'), e.id, e.stream, e.revision, e.data::jsonb, e.name, recorded, e.name, e.headers::jsonb, false
                from (
                    select * from unnest(event_streams, event_revisions, ids, names, data, headers)
                        with ordinality as e (stream, revision, id, name, data, headers, ordinal)
                    where e.stream <> all (moved) order by e.ordinal) e
                returning stream_id::text, version, seq_id;
            return query
                select m.name, coalesce(s.version, 0), null::bigint from unnest(moved) as m (name) left join log.mt_streams s on s.id = m.name;
            perform pg_notify('{Channel}', '');
        end $$;
        """;
}
