using Debci.EventLog;

namespace Debci.Projections;

/// <summary>
/// The index of a suite and architecture: for each package its current result, which is that of its newest finished run
/// (the highest run id) that is public and has no pins; debci's rule for a package's status. And how many packages have which status.
/// </summary>
/// <remarks>
/// What a package had before stands in <c>index_past</c>, each with the positions [position, until) at which it was the current result; the
/// current ones, which have no end, are not repeated there. It is only ever inserted into, and current queries do not touch it.
/// </remarks>
public sealed class IndexModel : IReadModel, IFoldedInBulk
{
    /// <inheritdoc/>
    public string Name => "index";

    /// <inheritdoc/>
    public int Version => 4;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["index", "index_counts", "index_past"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.index (
            suite text not null, arch text not null, package text not null, run bigint not null, status text not null, version text,
            message text not null, triggers text not null, duration int, finished_at timestamptz not null, position bigint not null,
            primary key (suite, arch, package));
        create index index_package on {schema}.index (package);
        create index index_status on {schema}.index (suite, arch, status, package);
        create index index_finished on {schema}.index (suite, arch, finished_at, package);
        create index index_duration on {schema}.index (suite, arch, (coalesce(duration, -1)), package);
        create table {schema}.index_counts (
            suite text not null, arch text not null, status text not null, packages bigint not null,
            primary key (suite, arch, status)) with (fillfactor = 50);
        create table {schema}.index_past (
            suite text not null, arch text not null, package text not null, run bigint not null, status text not null, version text,
            message text not null, triggers text not null, duration int, finished_at timestamptz not null,
            position bigint not null, until bigint not null,
            -- Of a package the first row that ends behind a moment is the one, unless it begins behind it too: both are in the key, so that none is read in vain.
            primary key (suite, arch, package, until, position));
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        // Each that was the newest when it came, in the log's order: all of them were current for a while.
        var newest = new Dictionary<(string, string, string), long>();
        var current = new List<StoredResult>();
        foreach (var result in StoredResult.In(page))
        {
            var h = result.Run;
            var key = (h.Run.Suite, h.Run.Arch, h.Run.Package);
            if (h.Run.Private || h.Pinned || (newest.TryGetValue(key, out var known) && known > h.Run.Id))
                continue;
            newest[key] = h.Run.Id;
            current.Add(result);
        }
        Write(writes, current);
        // A status that no package has any more has no row, as if none ever had had it.
        writes.Add($"delete from {writes.Schema}.index_counts where packages = 0 and suite = any($1)", newest.Keys.Select(k => k.Item1).Distinct().ToArray());
    }

    // One statement, so that all its parts see the rows as they were before: what changes its status is counted off there and on here, and
    // what gives way goes to the past as it was.
    private static void Write(Writes writes, IReadOnlyCollection<StoredResult> rows) => writes.Add($"""
        with page as (
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
                as p (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)),
        newer as (
            select p.*, i.status as was, lead(p.position) over (partition by suite, arch, package order by p.position) as until
            from page p left join {writes.Schema}.index i using (suite, arch, package) where i.run is null or i.run <= p.run),
        past as (
            insert into {writes.Schema}.index_past (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position, until)
            select i.*, n.until from {writes.Schema}.index i join (select suite, arch, package, min(position) as until from newer group by suite, arch, package) n using (suite, arch, package)
            union all
            select suite, arch, package, run, status, version, message, triggers, duration, finished_at, position, until from newer where until is not null),
        written as (
            insert into {writes.Schema}.index as i (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)
            select suite, arch, package, run, status, version, message, triggers, duration, finished_at, position from newer where until is null
            on conflict (suite, arch, package) do update set run = excluded.run, status = excluded.status, version = excluded.version,
                message = excluded.message, triggers = excluded.triggers, duration = excluded.duration, finished_at = excluded.finished_at,
                position = excluded.position)
        insert into {writes.Schema}.index_counts as c (suite, arch, status, packages)
        select suite, arch, status, sum(change) from (
            select suite, arch, status, 1 as change from newer where until is null union all
            select suite, arch, was, -1 from newer where until is null and was is not null) as changes
        group by suite, arch, status having sum(change) <> 0
        on conflict (suite, arch, status) do update set packages = c.packages + excluded.packages
        """,
        rows.Column(r => r.Run.Run.Suite), rows.Column(r => r.Run.Run.Arch), rows.Column(r => r.Run.Run.Package), rows.Column(r => r.Run.Run.Id),
        rows.Column(r => Columns.Word(r.Run.Status)), rows.Column(r => r.Run.Report.Version), rows.Column(r => r.Run.Message),
        rows.Column(r => Columns.Words(r.Run.Triggers)), rows.Column(r => r.Duration),
        rows.Column(r => r.EndedAt), rows.Column(r => r.At.Position));

    IBulkFold IFoldedInBulk.Bulk(string schema) => new IndexBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => true;
}
