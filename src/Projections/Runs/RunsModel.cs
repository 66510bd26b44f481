using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// Every run that was ever asked for, with its newest state: <c>pending</c>, <c>running</c>, <c>finished</c>, <c>cancelled</c>,
/// <c>superseded</c>, <c>abandoned</c>. Until its batch is complete it is kept aside (<c>runs_open</c>), and nobody sees it. Beside them what
/// came of each (<c>outcomes</c>), in the order in which that was stored, and by the triggers that it counts for (<c>outcome_triggers</c>).
/// </summary>
public sealed class RunsModel : IReadModel, IFoldedInBulk
{
    internal const string RunsName = "runs";

    /// <inheritdoc/>
    public string Name => RunsName;

    /// <inheritdoc/>
    public int Version => 6;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["runs", "outcomes", "outcome_triggers"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.runs (
            run bigint primary key, stream text not null,
            state text not null check (state in ('pending', 'running', 'finished', 'cancelled', 'superseded', 'abandoned')),
            package text not null, suite text not null, arch text not null, private boolean not null, requester text not null,
            triggers text not null, pins jsonb, extra_sources text not null, backend text, needs text not null, priority int not null, retry_of bigint,
            requested_at timestamptz not null, asked_position bigint not null, position bigint not null, attempt int not null default 0, worker text, used_backend text, started_at timestamptz,
            ended_at timestamptz, status text check (status in ('pass', 'fail', 'neutral', 'tmpfail')), cause text, message text,
            exit_code int, version text, duration int, tests jsonb, test_count int, log_bytes bigint, artifacts_bytes bigint, testbed_packages text,
            pins_dropped boolean, -- autopkgtest fell back to more of the other suite than was pinned
            updated_at timestamptz, imported_at timestamptz, -- of an imported run: when its outcome was accepted there, and when it came here
            files_expired_at timestamptz, files_rule text, files_limit bigint, -- when and by which rule its log and artifacts were given up
            reason text, -- hash of what was said when it was cancelled, or in the place of triggers where it was imported from
            check ((state = 'finished') = (status is not null))) {ReadSchema.Changing};
        create index runs_package on {schema}.runs (package, run);
        create index runs_private on {schema}.runs (stream) where private;
        create table {schema}.runs_open (
            run bigint not null, stream text not null, package text not null, suite text not null, arch text not null, private boolean not null,
            requester text not null, triggers text not null, pins jsonb, extra_sources text not null, backend text, priority int not null,
            retry_of bigint, requested_at timestamptz not null, position bigint not null, needs text not null);
        create index runs_open_stream on {schema}.runs_open (stream);
        create table {schema}.outcomes (
            position bigint primary key, run bigint not null, requester text not null, suite text not null, package text not null, arch text not null,
            private boolean not null, triggers text not null, extra_sources text not null,
            status text not null check (status in ('pass', 'fail', 'neutral', 'tmpfail')), -- cancelled, superseded and abandoned are tmpfail to a gate
            version text, duration int, recorded_at timestamptz not null,
            updated_at timestamptz, date timestamptz); -- of an imported run: its times there, where it is shown; the order is the log's
        create index outcomes_since on {schema}.outcomes (requester, recorded_at, position);
        -- place: OutcomePlace, which names requester, suite, arch, package and trigger in 16 bytes
        create table {schema}.outcome_triggers (place bytea not null, position bigint not null, primary key (place, position));
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var fold = new RunsFold();
        foreach (var e in page)
            fold.Add(e);
        fold.Write(writes);
    }

    IBulkFold IFoldedInBulk.Bulk(string schema) => new RunsBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => index != "runs_pkey"; // a late change finds its row by it
}
