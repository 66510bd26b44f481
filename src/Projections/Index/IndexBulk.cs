using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The index in a rebuild: the newest result of each place is kept in memory, some 200 bytes each.</summary>
internal sealed class IndexBulk(string schema) : IBulkFold
{
    private readonly Dictionary<(string Suite, string Arch, string Package), Newest> places = [];
    private readonly HashSet<string> words = new(StringComparer.Ordinal); // one string for what stands in a hundred thousand rows

    private sealed record Newest(long Run, string Status, string? Version, string Message, string Triggers, int Duration, DateTime At, long Position);

    public bool MustSave => false;

    public void Add(RecordedEvent e)
    {
        if (e.Name != StoredNames.Of<RunEvent.Finished>() || e.Decode() is not RunEvent.Finished { Pinned: false, Run.Private: false } h)
            return;
        var key = (h.Run.Suite, h.Run.Arch, h.Run.Package);
        if (places.TryGetValue(key, out var known) && known.Run > h.Run.Id)
            return;
        places[known is null ? (One(key.Suite), One(key.Arch), One(key.Package)) : key] = new Newest(h.Run.Id, Columns.Word(h.Status), h.Report.Version is { } v ? One(v) : null,
            One(h.Message), One(Columns.Words(h.Triggers)), h.Report.DurationSeconds, e.RecordedAt.UtcDateTime, e.Position);
    }

    public Action<NpgsqlConnection> Take() => _ => { };

    public void Save(NpgsqlConnection connection, bool last)
    {
        connection.Run($"truncate {schema}.index, {schema}.index_counts");
        RowCopy.Write(connection, $"{schema}.index (suite, arch, package, run, status, version, message, triggers, duration, finished_at, position)", places,
            (row, p) => row.Texts(p.Key.Suite, p.Key.Arch, p.Key.Package).Long(p.Value.Run).Texts(p.Value.Status, p.Value.Version, p.Value.Message, p.Value.Triggers)
                .Int(p.Value.Duration).Time(p.Value.At).Long(p.Value.Position));
        RowCopy.Write(connection, $"{schema}.index_counts (suite, arch, status, packages)", places.CountBy(p => (p.Key.Suite, p.Key.Arch, p.Value.Status)),
            (row, c) => row.Texts(c.Key.Suite, c.Key.Arch, c.Key.Status).Long(c.Value));
        if (words.Count > 2 * places.Count)
            words.Clear(); // versions that nobody has any more
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        foreach (var (key, newest) in connection.Ask($"select suite, arch, package, run, status, version, message, triggers, duration, finished_at, position from {schema}.index", Read))
            places[key] = newest;
    }

    private ((string, string, string), Newest) Read(NpgsqlDataReader r) => ((One(r.GetString(0)), One(r.GetString(1)), One(r.GetString(2))), new Newest(
        r.GetInt64(3), One(r.GetString(4)), r.TextAt(5) is { } v ? One(v) : null, One(r.GetString(6)), One(r.GetString(7)), r.GetInt32(8), r.GetDateTime(9), r.GetInt64(10)));

    private string One(string word)
    {
        if (words.TryGetValue(word, out var known))
            return known;
        words.Add(word);
        return word;
    }
}
