using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// What is asked for and not over: pending and running runs, in the order in which they are given out. Claims are taken from it, so it
/// holds all that a claim needs. A run counts from its batch's end; until then it is kept aside (<c>queue_open</c>), without indexes, and nobody sees it.
/// </summary>
/// <remarks>
/// The order is start-time fair queueing, fixed when a run is queued, so that it can be indexed. Runs that the same workers can take (arch
/// and needs) have a clock of their own (<c>queue_clocks</c>), which moves when one of them starts: that there are few workers for some
/// of an upload's runs, or none for a week, makes nobody wait for the rest of it. Runs of one requester for one trigger are a flow: each is placed behind the
/// one before it, or at the clock's time for the first, by a step that is twice as long for each priority less, and as many times as long
/// as the requester has flows waiting. So 5,000 runs for one upload stand in a long row, and somebody else's single run stands beside
/// the first of them. Each start moves the clock by a little in any case: who waits grows older than whoever comes later, and starves never.
/// </remarks>
public sealed class QueueModel : IReadModel, IFoldedInBulk
{
    /// <inheritdoc/>
    public string Name => "queue";

    /// <inheritdoc/>
    public int Version => 5;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["queue", "queue_lanes", "queue_clocks", "queue_front"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.queue (
            run bigint primary key, state text not null check (state in ('pending', 'running')),
            package text not null, suite text not null, arch text not null, private boolean not null, requester text not null,
            triggers text not null, pins jsonb, extra_sources text not null, backend text, priority int not null, retry_of bigint,
            requested_at timestamptz not null, attempts int not null, worker text, started_at timestamptz,
            lane text not null,      -- arch, suite and needs: what a worker must be able to do
            clock text not null,     -- arch and needs: runs that the same workers can take are in one order
            flow text not null,      -- what shares a place in the order: the first trigger's source and version
            place bigint not null,   -- in the order of its clock
            held boolean not null,   -- in quarantine
            not_before timestamptz,  -- a further attempt that waits
            avoid text,              -- the worker that the last attempt was lost on
            version text,            -- of the package itself, as a trigger names it
            check ((state = 'running') = (worker is not null))) {ReadSchema.Changing};
        create index queue_claims on {schema}.queue (lane, place, run) where state = 'pending' and not held and not_before is null and avoid is null;
        create index queue_lost on {schema}.queue (lane, place, run) where state = 'pending' and not held and not_before is null and avoid is not null;
        create index queue_later on {schema}.queue (lane, not_before) where state = 'pending' and not_before is not null;
        create index queue_order on {schema}.queue ((place + 0), run); -- for lists; "+ 0", lest claims be planned on it, past all that runs
        create index queue_ranks on {schema}.queue (clock, place, run) where state = 'pending' and not held;
        create index queue_running on {schema}.queue (started_at desc, run desc) where state = 'running';
        create index queue_worker on {schema}.queue (worker) where state = 'running';
        create index queue_package on {schema}.queue (package);
        create table {schema}.queue_open (
            run bigint not null, stream text not null, package text not null, suite text not null, arch text not null, private boolean not null,
            requester text not null, triggers text not null, pins jsonb, extra_sources text not null, backend text, priority int not null,
            retry_of bigint, requested_at timestamptz not null, lane text not null, clock text not null, flow text not null, version text);
        create index queue_open_stream on {schema}.queue_open (stream);
        create table {schema}.queue_lanes (
            lane text not null, private boolean not null, arch text not null, suite text not null, needs text not null,
            pending bigint not null, running bigint not null, primary key (lane, private));
        create table {schema}.queue_clocks (clock text primary key, now bigint not null, last_start timestamptz);
        create table {schema}.queue_front ( -- the last event that may have put a run before others that wait; until the next one, what comes first in a lane only moves back
            only_row boolean primary key default true check (only_row), position bigint not null);
        create table {schema}.queue_flows (
            clock text not null, requester text not null, flow text not null, finish bigint not null, waiting bigint not null,
            raised bigint not null default 0, -- the last place that was given for a higher priority
            primary key (clock, requester, flow));
        create index queue_flows_over on {schema}.queue_flows (clock, finish) where waiting = 0;
        create table {schema}.queue_pauses (kind text, name text, clock text, began bigint not null, primary key (kind, name, clock));
        create table {schema}.queue_quarantines (package text not null, suite text not null, arch text not null, version text,
            unique nulls not distinct (package, suite, arch, version));
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var fold = new QueueFold();
        foreach (var e in page)
            fold.Add(e);
        fold.Write(writes);
    }

    IBulkFold IFoldedInBulk.Bulk(string schema) => new QueueBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => true;
}
