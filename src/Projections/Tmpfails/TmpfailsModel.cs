using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// Public runs that came to nothing through no fault of their package: those that ended in a tmpfail, and those that were given up. With what
/// went wrong, and how many there were on each day (UTC, of the time that is shown for a run). An attempt that was tried again is none of it.
/// A private run that was given up waits beside these rows, where no query looks, until it is published: a publication repeats results alone.
/// </summary>
public sealed class TmpfailsModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "tmpfails";

    /// <inheritdoc/>
    public int Version => 2;

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
        create table {schema}.tmpfails_private ( -- given up, and not published yet
            run bigint primary key, suite text not null, arch text not null, package text not null, cause text not null,
            message text not null, version text, ended_at timestamptz not null);
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var results = page.Select(OfResult).OfType<TmpfailRow>();
        var givenUp = page.Where(e => e.Is<RunEvent.Abandoned>()).ToLookup(e => ((RunEvent.Abandoned)e.Decode()!).Run.Private, OfAbandoned);
        Show(writes, [.. results, .. givenUp[false]]);
        Hide(writes, [.. givenUp[true]]);
        Publish(writes, [.. page.Where(e => e.Is<RunEvent.Published>())]);
    }

    private static void Show(Writes writes, IReadOnlyCollection<TmpfailRow> rows) => writes.Add(Counted(writes.Schema, """
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) as p (position, run, suite, arch, package, cause, message, worker, version, ended_at)
        """),
        rows.Column(r => r.Position), rows.Column(r => r.Run), rows.Column(r => r.Suite), rows.Column(r => r.Arch), rows.Column(r => r.Package),
        rows.Column(CauseOf), rows.Column(r => r.Message), rows.Column(r => r.Worker), rows.Column(r => r.Version), rows.Column(r => r.EndedAt.UtcDateTime));

    private static void Hide(Writes writes, IReadOnlyCollection<TmpfailRow> rows) => writes.Add($"""
        insert into {writes.Schema}.tmpfails_private (run, suite, arch, package, cause, message, version, ended_at) select * from unnest($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        rows.Column(r => r.Run), rows.Column(r => r.Suite), rows.Column(r => r.Arch), rows.Column(r => r.Package),
        rows.Column(CauseOf), rows.Column(r => r.Message), rows.Column(r => r.Version), rows.Column(r => r.EndedAt.UtcDateTime));

    // Behind the others: a run may be given up and published in one page.
    private static void Publish(Writes writes, IReadOnlyCollection<RecordedEvent> published) => writes.Add(Counted(writes.Schema, $"""
        delete from {writes.Schema}.tmpfails_private h using unnest($1, $2) as p (position, run) where h.run = p.run
            returning p.position, h.run, h.suite, h.arch, h.package, h.cause, h.message, null::text as worker, h.version, h.ended_at
        """), published.Column(e => e.Position), published.Column(e => ((RunEvent.Published)e.Decode()!).Run.Id));

    // Writes the rows that a statement gives, and counts them on their days.
    private static string Counted(string schema, string rows) => $"""
        with page as ({rows}), written as (
            insert into {schema}.tmpfails (position, run, suite, arch, package, cause, message, worker, version, ended_at)
            select position, run, suite, arch, package, cause, message, worker, version, ended_at from page)
        insert into {schema}.tmpfail_days as d (day, suite, arch, cause, runs)
        select (ended_at at time zone 'UTC')::date, suite, arch, coalesce(cause, ''), count(*) from page group by 1, 2, 3, 4
        on conflict (day, suite, arch, cause) do update set runs = d.runs + excluded.runs
        """;

    private static string? CauseOf(TmpfailRow row) => row.Cause is { } cause ? Columns.Word(cause) : null;

    private static TmpfailRow? OfResult(RecordedEvent e) => StoredResult.Of(e) is { Run: { Status: Status.Tmpfail, Run.Private: false } h } result
        ? new TmpfailRow(e.Position, h.Run.Id, h.Run.Suite, h.Run.Arch, h.Run.Package, h.Cause, h.Message, h.Worker.Length == 0 ? null : h.Worker, h.Report.Version, result.EndedAt)
        : null;

    private static TmpfailRow OfAbandoned(RecordedEvent e)
    {
        var h = (RunEvent.Abandoned)e.Decode()!;
        return new TmpfailRow(e.Position, h.Run.Id, h.Run.Suite, h.Run.Arch, h.Run.Package, h.Cause, $"Abandoned after {h.Attempts} attempts", null, h.Version, e.RecordedAt.UtcDateTime);
    }
}
