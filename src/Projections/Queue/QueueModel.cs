using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// What is asked for and not over: pending and running runs. Claims are taken from it, so it holds all that a claim needs.
/// A row counts (state <c>pending</c>) from its batch's end; until then its state is <c>open</c> and nobody sees it.
/// </summary>
public sealed class QueueModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "queue";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["queue"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.queue (
            run bigint primary key, stream text not null, state text not null check (state in ('open', 'pending', 'running')),
            package text not null, suite text not null, arch text not null, private boolean not null, requester text not null,
            triggers text not null, pins jsonb, extra_sources text not null, backend text, priority int not null, retry_of bigint,
            requested_at timestamptz not null, attempts int not null, worker text, started_at timestamptz,
            check ((state = 'running') = (worker is not null)));
        create index queue_claims on {schema}.queue (arch, priority desc, run) where state = 'pending';
        create index queue_order on {schema}.queue ((-priority), run) where state <> 'open';
        create index queue_running on {schema}.queue (started_at desc, run desc) where state = 'running';
        create index queue_open on {schema}.queue (stream) where state = 'open';
        create index queue_package on {schema}.queue (package);
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var fold = new Fold();
        foreach (var e in page)
            fold.Add(e);
        fold.Write(writes);
    }

    // What a page amounts to: rows asked for in it, the newest state of runs (from this page or before), batches that it closes, ends.
    private sealed class Fold
    {
        private readonly Dictionary<long, (RecordedEvent At, BatchEvent.Requested Run)> asked = [];
        private readonly Dictionary<long, Progress> progress = [];
        private readonly HashSet<string> closed = [];
        private readonly HashSet<long> ended = [];

        private sealed record Progress(string State, int Attempts, string? Worker, DateTime? StartedAt);

        public void Add(RecordedEvent e)
        {
            switch (e.Name.StartsWith("run.", StringComparison.Ordinal) || e.Name.StartsWith("batch.", StringComparison.Ordinal) ? e.Decode() : null)
            {
                case BatchEvent.Requested h: asked[h.Run.Id] = (e, h); break;
                case BatchEvent.Accepted: closed.Add(e.Stream); break;
                case RunEvent.Started h: progress[h.Run.Id] = new("running", h.Attempt, h.Worker, e.RecordedAt.UtcDateTime); break;
                case RunEvent.AttemptFailed h: progress[h.Run.Id] = new("pending", h.Attempt, null, null); break;
                case RunEvent.Lost h: progress[h.Run.Id] = new("pending", h.Attempt, null, null); break;
                case RunEvent.Finished h: ended.Add(h.Run.Id); break;
                case RunEvent.Cancelled h: ended.Add(h.Run.Id); break;
                case RunEvent.Superseded h: ended.Add(h.Run.Id); break;
                case RunEvent.Abandoned h: ended.Add(h.Run.Id); break;
            }
        }

        public void Write(Writes writes)
        {
            var rows = asked.Values.Where(a => !ended.Contains(a.Run.Run.Id)).ToArray();
            writes.Add($"""
                insert into {writes.Schema}.queue (run, stream, state, package, suite, arch, private, requester, triggers, pins, extra_sources,
                    backend, priority, retry_of, requested_at, attempts)
                select run, stream, state, package, suite, arch, private, requester, triggers, pins::jsonb, extra_sources,
                    backend, priority, retry_of, requested_at, 0
                from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) as page (run, stream, state, package, suite,
                    arch, private, requester, triggers, pins, extra_sources, backend, priority, retry_of, requested_at)
                """, [
                rows.Column(a => a.Run.Run.Id), rows.Column(a => a.At.Stream), rows.Column(a => closed.Contains(a.At.Stream) ? "pending" : "open"),
                rows.Column(a => a.Run.Run.Package), rows.Column(a => a.Run.Run.Suite), rows.Column(a => a.Run.Run.Arch),
                rows.Column(a => a.Run.Run.Private), rows.Column(a => a.Run.Requester), rows.Column(a => Columns.Words(a.Run.Triggers)),
                rows.Column(a => Columns.Json(a.Run.Pins)), rows.Column(a => Columns.Words(a.Run.ExtraSources)), rows.Column(a => a.Run.Backend),
                rows.Column(a => a.Run.Priority), rows.Column(a => a.Run.RetryOf), rows.Column(a => a.At.RecordedAt.UtcDateTime)]);
            writes.Add($"update {writes.Schema}.queue set state = 'pending' where state = 'open' and stream = any($1)", closed.ToArray());
            var moved = progress.Where(p => !ended.Contains(p.Key)).ToArray();
            writes.Add($"""
                update {writes.Schema}.queue q set state = p.state, attempts = p.attempts, worker = p.worker, started_at = p.started_at
                from unnest($1, $2, $3, $4, $5) as p (run, state, attempts, worker, started_at) where q.run = p.run
                """,
                moved.Column(p => p.Key), moved.Column(p => p.Value.State), moved.Column(p => p.Value.Attempts),
                moved.Column(p => p.Value.Worker), moved.Column(p => p.Value.StartedAt));
            writes.Add($"delete from {writes.Schema}.queue where run = any($1)", ended.ToArray());
        }
    }
}
