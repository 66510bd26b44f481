using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

// What a page amounts to: rows asked for in it, batches that it closes, and the newest state of runs from this page or before.
internal sealed class RunsFold
{
    private readonly List<(RecordedEvent At, BatchEvent.Requested Run)> asked = [];
    private readonly List<string> givenUp = [];
    private readonly List<(long Run, int Priority)> raised = [];
    private readonly HashSet<string> closed = [];
    private readonly Dictionary<long, Change> changes = [];
    private readonly ImportedRows imported = new();
    private readonly List<(RecordedEvent At, RunEvent.FilesExpired Files)> expired = [];

    private readonly List<long> published = [];

    // Null means "as it was"; an end sets all that it may set.
    private sealed record Change(long Position, string State)
    {
        public int? Attempt { get; init; }
        public string? Worker { get; init; }
        public string? Backend { get; init; }
        public DateTime? StartedAt { get; init; }
        public DateTime? EndedAt { get; init; }
        public string? Status { get; init; }
        public string? Cause { get; init; }
        public string? Message { get; init; }
        public Report? Report { get; init; }
        public string? Reason { get; init; }
    }

    public void Add(RecordedEvent e)
    {
        if (!e.Name.StartsWith("run.", StringComparison.Ordinal) && !e.Name.StartsWith("batch.", StringComparison.Ordinal))
            return;
        switch (e.Decode())
        {
            case BatchEvent.Requested h: asked.Add((e, h)); break;
            case BatchEvent.Joined h: raised.Add((h.Run.Id, h.Priority)); break;
            case BatchEvent.GivenUp:
                asked.RemoveAll(a => a.At.Stream == e.Stream);
                givenUp.Add(e.Stream);
                break;
            case BatchEvent.Accepted: closed.Add(e.Stream); break;
            case RunEvent.Started h:
                changes[h.Run.Id] = Next(h.Run.Id, e, "running") with
                { Attempt = h.Attempt, Worker = h.Worker, Backend = h.Backend, StartedAt = e.RecordedAt.UtcDateTime };
                break;
            case RunEvent.AttemptFailed h:
                changes[h.Run.Id] = Next(h.Run.Id, e, "pending") with
                { Attempt = h.Attempt, Worker = h.Worker, Cause = Columns.Word(h.Cause), Message = h.Message };
                break;
            case RunEvent.Lost h:
                changes[h.Run.Id] = Next(h.Run.Id, e, "pending") with
                { Attempt = h.Attempt, Worker = h.Worker, Cause = Columns.Word(Cause.WorkerLost), Message = $"{h.Worker} fell silent" };
                break;
            case RunEvent.Finished h:
                changes[h.Run.Id] = End(h.Run.Id, e, "finished") with
                {
                    Attempt = h.Attempt, Worker = h.Worker, Status = Columns.Word(h.Status), Message = h.Message, Report = h.Report,
                    Cause = h.Cause is { } cause ? Columns.Word(cause) : null,
                };
                break;
            case RunEvent.Cancelled h:
                changes[h.Run.Id] = End(h.Run.Id, e, "cancelled") with { Message = "Cancelled", Reason = h.Reason };
                break;
            case RunEvent.Superseded h:
                changes[h.Run.Id] = End(h.Run.Id, e, "superseded") with { Message = $"Superseded by run {h.By}" };
                break;
            case RunEvent.Imported h: imported.Add(e, h); break;
            case RunEvent.FilesExpired h: expired.Add((e, h)); break;
            case RunEvent.Published h: published.Add(h.Run.Id); break;
            case RunEvent.Abandoned h:
                changes[h.Run.Id] = End(h.Run.Id, e, "abandoned") with
                { Attempt = h.Attempts, Cause = Columns.Word(h.Cause), Message = $"Abandoned after {h.Attempts} attempts" };
                break;
        }
    }

    public void Write(Writes writes)
    {
        writes.Add($"delete from {writes.Schema}.runs_open where stream = any($1)", givenUp.ToArray());
        writes.Add($"""
            insert into {writes.Schema}.runs_open (run, stream, package, suite, arch, private, requester, triggers, pins, extra_sources,
                backend, priority, retry_of, requested_at, position, needs)
            select run, stream, package, suite, arch, private, requester, triggers, pins::jsonb, extra_sources,
                backend, priority, retry_of, requested_at, position, needs
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) as page (run, stream, package, suite,
                arch, private, requester, triggers, pins, extra_sources, backend, priority, retry_of, requested_at, position, needs)
            """, [
            asked.Column(a => a.Run.Run.Id), asked.Column(a => a.At.Stream),
            asked.Column(a => a.Run.Run.Package), asked.Column(a => a.Run.Run.Suite), asked.Column(a => a.Run.Run.Arch),
            asked.Column(a => a.Run.Run.Private), asked.Column(a => a.Run.Requester), asked.Column(a => Columns.Words(a.Run.Triggers)),
            asked.Column(a => Columns.Json(a.Run.Pins)), asked.Column(a => Columns.Words(a.Run.ExtraSources)), asked.Column(a => a.Run.Backend),
            asked.Column(a => a.Run.Priority), asked.Column(a => a.Run.RetryOf), asked.Column(a => a.At.RecordedAt.UtcDateTime),
            asked.Column(a => a.At.Position), asked.Column(a => Columns.Words(a.Run.Needs ?? []))]);
        writes.Add($"""
            with opened as (delete from {writes.Schema}.runs_open where stream = any($1) returning *)
            insert into {writes.Schema}.runs (run, stream, state, package, suite, arch, private, requester, triggers, pins, extra_sources,
                backend, priority, retry_of, requested_at, asked_position, position, needs)
            select run, stream, 'pending', package, suite, arch, private, requester, triggers, pins, extra_sources,
                backend, priority, retry_of, requested_at, position, position, needs from opened order by run
            """, closed.ToArray());
        writes.Add($"""
            update {writes.Schema}.runs q set priority = r.priority
            from (select run, max(priority) as priority from unnest($1, $2) as again (run, priority) group by run) r where q.run = r.run and r.priority > q.priority
            """, raised.Column(r => r.Run), raised.Column(r => r.Priority));
        WriteChanges(writes);
        imported.Write(writes);
        writes.Add($"""
            update {writes.Schema}.runs r set files_expired_at = e.at, files_rule = e.rule, files_limit = e.most
            from unnest($1, $2, $3, $4) as e (run, at, rule, most) where r.run = e.run
            """, expired.Column(e => e.Files.Run.Id), expired.Column(e => e.At.RecordedAt.UtcDateTime), expired.Column(e => Columns.Word(e.Files.Rule)), expired.Column(e => e.Files.Limit));
        // An outcome stands where its run ended, and stays there.
        writes.Add($"""
            with shown as (update {writes.Schema}.runs set private = false where run = any($1) returning position)
            update {writes.Schema}.outcomes o set private = false from shown where o.position = shown.position
            """, published.ToArray());
    }

    private void WriteChanges(Writes writes)
    {
        var c = changes.ToArray();
        writes.Add($"""
            with changed as (
            update {writes.Schema}.runs r set state = c.state, position = c.position, attempt = coalesce(c.attempt, r.attempt),
                worker = coalesce(c.worker, r.worker), used_backend = coalesce(c.backend, r.used_backend), started_at = coalesce(c.started_at, r.started_at),
                ended_at = c.ended_at, status = c.status, message = coalesce(c.message, r.message),
                cause = case when c.ended_at is null then coalesce(c.cause, r.cause) else c.cause end,
                exit_code = c.exit_code, version = c.version, duration = c.duration, tests = c.tests::jsonb, test_count = c.test_count,
                log_bytes = c.log_bytes, artifacts_bytes = c.artifacts_bytes, testbed_packages = c.testbed_packages, reason = c.reason, pins_dropped = c.pins_dropped
            from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21) as c (run, position, state,
                attempt, worker, backend, started_at, ended_at, status, cause, message, exit_code, version, duration, tests, test_count,
                log_bytes, artifacts_bytes, testbed_packages, reason, pins_dropped)
            where r.run = c.run returning r.*),
            over as (
                insert into {writes.Schema}.outcomes (position, run, requester, suite, package, arch, private, triggers, extra_sources, status, version, duration, recorded_at)
                select position, run, requester, suite, package, arch, private, triggers, extra_sources, coalesce(status, 'tmpfail'), version, duration, ended_at
                from changed where ended_at is not null returning *)
            insert into {writes.Schema}.outcome_triggers (place, position)
            select distinct {OutcomePlace.Sql("requester", "suite", "arch", "package", "trigger")}, position from over, unnest(string_to_array(nullif(triggers, ''), ' ')) as trigger
            """, [
            c.Column(x => x.Key), c.Column(x => x.Value.Position), c.Column(x => x.Value.State), c.Column(x => x.Value.Attempt),
            c.Column(x => x.Value.Worker), c.Column(x => x.Value.Backend), c.Column(x => x.Value.StartedAt), c.Column(x => x.Value.EndedAt),
            c.Column(x => x.Value.Status), c.Column(x => x.Value.Cause), c.Column(x => x.Value.Message),
            c.Column(x => x.Value.Report?.ExitCode), c.Column(x => x.Value.Report?.Version), c.Column(x => x.Value.Report?.DurationSeconds),
            c.Column(x => x.Value.Report is { } r ? Columns.Tests(r.Tests) : null), c.Column(x => x.Value.Report?.TestCount),
            c.Column(x => x.Value.Report?.LogBytes), c.Column(x => x.Value.Report?.ArtifactsBytes), c.Column(x => x.Value.Report?.TestbedPackages), c.Column(x => x.Value.Reason),
            c.Column(x => x.Value.Report?.PinsDropped)]);
    }

    // A change keeps what an earlier one of the same page said, as an update would keep what stands in the row.
    private Change Next(long run, RecordedEvent e, string state) =>
        (changes.GetValueOrDefault(run) ?? new Change(e.Position, state)) with { Position = e.Position, State = state };

    private Change End(long run, RecordedEvent e, string state) =>
        Next(run, e, state) with { EndedAt = e.RecordedAt.UtcDateTime, Cause = null };
}
