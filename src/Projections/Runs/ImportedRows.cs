using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

// Imported runs of a page: whole from the first, with what came of them.
internal sealed class ImportedRows
{
    private readonly List<(RecordedEvent At, RunEvent.Imported Run)> rows = [];

    public void Add(RecordedEvent e, RunEvent.Imported run) => rows.Add((e, run));

    public void Write(Writes writes) => writes.Add($"""
        with page as (
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29) as p (
                run, stream, package, suite, arch, private, requester, triggers, pins, extra_sources, backend, requested_at, position, worker, date, status, cause, message,
                exit_code, version, duration, tests, test_count, log_bytes, artifacts_bytes, testbed_packages, updated_at, recorded_at, words)),
        made as (
            insert into {writes.Schema}.runs (run, stream, state, package, suite, arch, private, requester, triggers, pins, extra_sources, used_backend, needs, priority,
                requested_at, asked_position, position, attempt, worker, ended_at, status, cause, message, exit_code, version, duration, tests, test_count,
                log_bytes, artifacts_bytes, testbed_packages, updated_at, imported_at, reason)
            select run, stream, 'finished', package, suite, arch, private, requester, triggers, pins::jsonb, extra_sources, backend, '', {TestRequest.DefaultPriority},
                requested_at, position, position, 1, worker, date, status, cause, message, exit_code, version, duration, tests::jsonb, test_count,
                log_bytes, artifacts_bytes, testbed_packages, updated_at, recorded_at, words from page),
        over as (
            insert into {writes.Schema}.outcomes (position, run, requester, suite, package, arch, private, triggers, extra_sources, status, version, duration, recorded_at, updated_at, date)
            select position, run, requester, suite, package, arch, private, triggers, extra_sources, status, version, duration, recorded_at, updated_at, date from page)
        insert into {writes.Schema}.outcome_triggers (place, position)
        select distinct {OutcomePlace.Sql("requester", "suite", "arch", "package", "trigger")}, position from page, unnest(string_to_array(nullif(triggers, ''), ' ')) as trigger
        """, [
        Of(r => r.Run.Id), rows.Column(r => r.At.Stream), Of(r => r.Run.Package), Of(r => r.Run.Suite), Of(r => r.Run.Arch), Of(r => r.Run.Private), Of(r => r.Result.Requester),
        Of(r => Columns.Words(r.Result.Triggers)), Of(r => Columns.Json(r.Pins)), Of(r => Columns.Words(r.ExtraSources)), Of(r => r.Result.Backend), Of(r => (r.CreatedAt ?? r.Date).UtcDateTime),
        rows.Column(r => r.At.Position), Of(r => r.Result.Worker is { Length: > 0 } worker ? worker : null), Of(r => r.Date.UtcDateTime), Of(r => Columns.Word(r.Result.Status)),
        Of(r => r.Result.Cause is { } cause ? Columns.Word(cause) : null), Of(r => r.Result.Message), Of(r => r.Result.Report.ExitCode), Of(r => r.Result.Report.Version),
        Of(r => r.DurationUnknown is true ? null : (int?)r.Result.Report.DurationSeconds), Of(r => Columns.Tests(r.Result.Report.Tests)), Of(r => r.Result.Report.TestCount),
        Of(r => r.Result.Report.LogBytes is > 0 and var bytes ? bytes : (long?)null), Of(r => r.Result.Report.ArtifactsBytes), Of(r => r.Result.Report.TestbedPackages), Of(r => r.UpdatedAt.UtcDateTime),
        rows.Column(r => r.At.RecordedAt.UtcDateTime), Of(r => r.Words)]);

    private T[] Of<T>(Func<RunEvent.Imported, T> value) => rows.Column(r => value(r.Run));
}
