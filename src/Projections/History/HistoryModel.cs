using Debci.EventLog;

namespace Debci.Projections;

/// <summary>The history of a package: its finished runs in the order in which their results came in.</summary>
public sealed class HistoryModel : IReadModel, IFoldedInBulk
{
    /// <inheritdoc/>
    public string Name => "history";

    /// <inheritdoc/>
    public int Version => 6;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["history"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.history (
            package text not null, suite text not null, arch text not null, position bigint not null, run bigint not null,
            private boolean not null, requester text not null, pinned boolean not null, status text not null, cause text, version text,
            message text not null, triggers text not null, duration int, worker text not null, finished_at timestamptz not null,
            published bigint, -- of a run that was private: the position since which it is so no more
            primary key (position));
        create index history_place on {schema}.history (package, suite, arch, position);
        create index history_published on {schema}.history (package, suite, arch, published) where published is not null;
        create index history_package on {schema}.history (package, position);
        create unique index history_private on {schema}.history (run) where private; -- so that a publication finds its row; a run ends once
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var results = StoredResult.In(page).ToLookup(r => r.IsPublication);
        var rows = results[false].ToArray();
        writes.Add($"""
            insert into {writes.Schema}.history (package, suite, arch, position, run, private, requester, pinned, status, cause, version,
                message, triggers, duration, worker, finished_at)
            select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """, [
            rows.Column(r => r.Run.Run.Package), rows.Column(r => r.Run.Run.Suite), rows.Column(r => r.Run.Run.Arch),
            rows.Column(r => r.At.Position), rows.Column(r => r.Run.Run.Id), rows.Column(r => r.Run.Run.Private),
            rows.Column(r => r.Run.Requester), rows.Column(r => r.Run.Pinned), rows.Column(r => Columns.Word(r.Run.Status)),
            rows.Column(r => r.Run.Cause is { } cause ? Columns.Word(cause) : null), rows.Column(r => r.Run.Report.Version),
            rows.Column(r => r.Run.Message), rows.Column(r => Columns.Words(r.Run.Triggers)), rows.Column(r => r.Duration),
            rows.Column(r => r.Run.Worker), rows.Column(r => r.EndedAt)]);
        Publish(writes, [.. results[true]]);
    }

    /// <summary>Shows what was written before, where it stands.</summary>
    internal static void Publish(Writes writes, IReadOnlyCollection<StoredResult> published) => writes.Add($"""
        update {writes.Schema}.history h set private = false, published = p.position from unnest($1, $2) as p (run, position) where h.run = p.run and h.private
        """, published.Column(r => r.Run.Run.Id), published.Column(r => r.At.Position));

    IBulkFold IFoldedInBulk.Bulk(string schema) => new HistoryBulk(schema);

    // That one is asked meanwhile, and few rows are in it.
    bool IFoldedInBulk.IsMadeLast(string index) => index != "history_private";
}
