using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// The index of a suite and architecture: for each package its current result, which is that of its newest finished run
/// (the highest run id) that is public and has no pins; debci's rule for a package's status. And how many packages have which status.
/// </summary>
public sealed class IndexModel : IReadModel, IFoldedInBulk
{
    /// <inheritdoc/>
    public string Name => "index";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["index", "index_counts"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.index (
            suite text not null, arch text not null, package text not null, run bigint not null, status text not null, version text,
            message text not null, triggers text not null, duration int not null, finished_at timestamptz not null, position bigint not null,
            primary key (suite, arch, package));
        create index index_package on {schema}.index (package);
        create index index_status on {schema}.index (suite, arch, status, package);
        create index index_finished on {schema}.index (suite, arch, finished_at, package);
        create index index_duration on {schema}.index (suite, arch, duration, package);
        create table {schema}.index_counts (
            suite text not null, arch text not null, status text not null, packages bigint not null,
            primary key (suite, arch, status)) with (fillfactor = 50);
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var newest = new Dictionary<(string, string, string), (RecordedEvent At, RunEvent.Finished Run)>();
        foreach (var e in page.Where(e => e.Name == StoredNames.Of<RunEvent.Finished>()))
        {
            var h = (RunEvent.Finished)e.Decode()!;
            var key = (h.Run.Suite, h.Run.Arch, h.Run.Package);
            if (!h.Run.Private && !h.Pinned && (!newest.TryGetValue(key, out var known) || known.Run.Run.Id <= h.Run.Id))
                newest[key] = (e, h);
        }
        Write(writes, newest.Values);
        // A status that no package has any more has no row, as if none ever had had it.
        writes.Add($"delete from {writes.Schema}.index_counts where packages = 0 and suite = any($1)", newest.Keys.Select(k => k.Item1).Distinct().ToArray());
    }

    // One statement, so that all its parts see the rows as they were before: what changes its status is counted off there and on here.
    private static void Write(Writes writes, IReadOnlyCollection<(RecordedEvent At, RunEvent.Finished Run)> rows) => writes.Add($"""
        with page as (
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                as p (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)),
        newer as (
            select p.*, i.status as was from page p left join {writes.Schema}.index i using (suite, arch, package)
            where i.run is null or i.run <= p.run),
        written as (
            insert into {writes.Schema}.index as i (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)
            select suite, arch, package, run, status, version, message, triggers, duration, finished_at, position from newer
            on conflict (suite, arch, package) do update set run = excluded.run, status = excluded.status, version = excluded.version,
                message = excluded.message, triggers = excluded.triggers, duration = excluded.duration, finished_at = excluded.finished_at,
                position = excluded.position)
        insert into {writes.Schema}.index_counts as c (suite, arch, status, packages)
        select suite, arch, status, sum(change) from (
            select suite, arch, status, 1 as change from newer union all select suite, arch, was, -1 from newer where was is not null) as changes
        group by suite, arch, status having sum(change) <> 0
        on conflict (suite, arch, status) do update set packages = c.packages + excluded.packages
        """,
        rows.Column(r => r.Run.Run.Suite), rows.Column(r => r.Run.Run.Arch), rows.Column(r => r.Run.Run.Package), rows.Column(r => r.Run.Run.Id),
        rows.Column(r => Columns.Word(r.Run.Status)), rows.Column(r => r.Run.Report.Version), rows.Column(r => r.Run.Message),
        rows.Column(r => Columns.Words(r.Run.Triggers)), rows.Column(r => r.Run.Report.DurationSeconds),
        rows.Column(r => r.At.RecordedAt.UtcDateTime), rows.Column(r => r.At.Position));

    IBulkFold IFoldedInBulk.Bulk(string schema) => new IndexBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => true;
}
