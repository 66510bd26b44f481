using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// Public runs that came to nothing through no fault of their package: those that ended in a tmpfail, and those that were given up. With what
/// went wrong, and how many there were on each day (UTC, of the time that is shown for a run). An attempt that was tried again is none of it,
/// nor a private run that was given up and published later: a publication tells of results alone.
/// </summary>
public sealed class TmpfailsModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "tmpfails";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["tmpfails", "tmpfail_days"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.tmpfails (
            position bigint primary key, run bigint not null, suite text not null, arch text not null, package text not null,
            cause text, -- null where nobody says, as of runs that were imported
            message text not null, worker text, version text, ended_at timestamptz not null);
        create index tmpfails_ended on {schema}.tmpfails (ended_at, position);
        create index tmpfails_cause on {schema}.tmpfails (cause, ended_at, position);
        create index tmpfails_suite on {schema}.tmpfails (suite, ended_at, position);
        create table {schema}.tmpfail_days (
            day date not null, suite text not null, arch text not null, cause text not null, -- empty where nobody says
            runs int not null, primary key (day, suite, arch, cause)) with (fillfactor = 50);
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var rows = page.Select(Of).OfType<TmpfailRow>().ToList();
        if (rows.Count == 0)
            return;
        writes.Add($"""
            with page as (
                select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
                    as p (position, run, suite, arch, package, cause, message, worker, version, ended_at)),
            written as (
                insert into {writes.Schema}.tmpfails (position, run, suite, arch, package, cause, message, worker, version, ended_at)
                select position, run, suite, arch, package, cause, message, worker, version, ended_at from page)
            insert into {writes.Schema}.tmpfail_days as d (day, suite, arch, cause, runs)
            select (ended_at at time zone 'UTC')::date, suite, arch, coalesce(cause, ''), count(*) from page group by 1, 2, 3, 4
            on conflict (day, suite, arch, cause) do update set runs = d.runs + excluded.runs
            """,
            rows.Column(r => r.Position), rows.Column(r => r.Run), rows.Column(r => r.Suite), rows.Column(r => r.Arch), rows.Column(r => r.Package),
            rows.Column(r => r.Cause is { } cause ? Columns.Word(cause) : null), rows.Column(r => r.Message), rows.Column(r => r.Worker), rows.Column(r => r.Version),
            rows.Column(r => r.EndedAt.UtcDateTime));
    }

    private static TmpfailRow? Of(RecordedEvent e) => e.Is<RunEvent.Abandoned>() ? OfAbandoned(e, (RunEvent.Abandoned)e.Decode()!)
        : StoredResult.Of(e) is { Run: { Status: Status.Tmpfail, Run.Private: false } h } result
            ? new TmpfailRow(e.Position, h.Run.Id, h.Run.Suite, h.Run.Arch, h.Run.Package, h.Cause, h.Message, h.Worker.Length == 0 ? null : h.Worker, h.Report.Version, result.EndedAt)
            : null;

    private static TmpfailRow? OfAbandoned(RecordedEvent e, RunEvent.Abandoned h) => h.Run.Private ? null
        : new TmpfailRow(e.Position, h.Run.Id, h.Run.Suite, h.Run.Arch, h.Run.Package, h.Cause, $"Abandoned after {h.Attempts} attempts", null, h.Version, e.RecordedAt.UtcDateTime);
}
