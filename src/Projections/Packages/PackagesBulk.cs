using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The packages in a rebuild: kept in memory, since there are few of them and each comes again and again.</summary>
internal sealed class PackagesBulk(string schema) : IBulkFold
{
    private readonly Dictionary<string, DateTime> newest = new(StringComparer.Ordinal);

    public bool MustSave => false;

    public void Add(RecordedEvent e)
    {
        if (StoredResult.Of(e) is not { Run.Run: { Private: false } run } result)
            return;
        newest[run.Package] = newest.TryGetValue(run.Package, out var known) && known > result.EndedAt ? known : result.EndedAt;
    }

    public Action<NpgsqlConnection> Take() => _ => { };

    public void Save(NpgsqlConnection connection, bool last)
    {
        connection.Run($"truncate {schema}.packages, {schema}.package_names");
        RowCopy.Write(connection, $"{schema}.packages (package, finished_at)", newest, (row, p) => row.Text(p.Key).Time(p.Value));
        RowCopy.Write(connection, $"{schema}.package_names (package)", newest.Keys, (row, name) => row.Text(name));
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        foreach (var (package, at) in connection.Ask($"select package, finished_at from {schema}.packages", r => (r.GetString(0), r.GetDateTime(1))))
            newest[package] = at;
    }
}
