using Debci.EventLog;

namespace Debci.Projections;

/// <summary>The source packages that have a public result, with the time of the newest: what a search looks through.</summary>
public sealed class PackagesModel : IReadModel, IFoldedInBulk
{
    /// <inheritdoc/>
    public string Name => "packages";

    /// <inheritdoc/>
    public int Version => 3;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["packages", "package_names"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.packages (package text primary key, finished_at timestamptz not null);
        create index packages_finished on {schema}.packages (finished_at, package);
        -- Apart, since a name comes once and a time with each result: an index of parts of names is dear to change.
        create table {schema}.package_names (package text primary key);
        create index package_names_parts on {schema}.package_names using gist (package public.gist_trgm_ops);
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var newest = new Dictionary<string, DateTime>(StringComparer.Ordinal);
        foreach (var result in StoredResult.In(page))
        {
            if (result.Run.Run is { Private: false } run)
                newest[run.Package] = newest.TryGetValue(run.Package, out var known) && known > result.EndedAt ? known : result.EndedAt;
        }
        writes.Add($"""
            insert into {writes.Schema}.packages as p (package, finished_at) select * from unnest($1, $2)
            on conflict (package) do update set finished_at = excluded.finished_at where p.finished_at < excluded.finished_at
            """, newest.Column(n => n.Key), newest.Column(n => n.Value));
        writes.Add($"insert into {writes.Schema}.package_names select unnest($1) on conflict do nothing", newest.Column(n => n.Key));
    }

    IBulkFold IFoldedInBulk.Bulk(string schema) => new PackagesBulk(schema);

    bool IFoldedInBulk.IsMadeLast(string index) => true;
}
