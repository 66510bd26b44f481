using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The index in a rebuild: the newest result of each place is kept in memory, some 200 bytes each; what gives way to it is written.</summary>
internal sealed class IndexBulk(string schema) : IBulkFold
{
    private const string Row = "suite, arch, package, run, status, version, message, triggers, duration, finished_at, position";

    private readonly Dictionary<(string Suite, string Arch, string Package), Newest> places = [];
    private List<((string Suite, string Arch, string Package) Place, Newest Was, long Until)> past = [];
    private readonly HashSet<string> words = new(StringComparer.Ordinal); // one string for what stands in a hundred thousand rows

    private sealed record Newest(long Run, string Status, string? Version, string Message, string Triggers, int? Duration, DateTime At, long Position);

    public bool MustSave => false;

    public void Add(RecordedEvent e)
    {
        if (StoredResult.Of(e) is not { Run: { Pinned: false, Run.Private: false } h } result)
            return;
        var key = (h.Run.Suite, h.Run.Arch, h.Run.Package);
        if (places.TryGetValue(key, out var known) && known.Run > h.Run.Id)
            return;
        if (known is not null)
            past.Add((key, known, e.Position));
        places[known is null ? (One(key.Suite), One(key.Arch), One(key.Package)) : key] = new Newest(h.Run.Id, Columns.Word(h.Status), h.Report.Version is { } v ? One(v) : null,
            One(h.Message), One(Columns.Words(h.Triggers)), result.Duration, result.EndedAt, e.Position);
    }

    public Action<NpgsqlConnection> Take()
    {
        var taken = past;
        past = [];
        return connection => RowCopy.Write(connection, $"{schema}.index_past ({Row}, until)", taken, (row, p) => Write(row, p.Place, p.Was).Long(p.Until));
    }

    public void Save(NpgsqlConnection connection, bool last)
    {
        connection.Run($"truncate {schema}.index, {schema}.index_counts");
        RowCopy.Write(connection, $"{schema}.index ({Row})", places, (row, p) => Write(row, p.Key, p.Value));
        RowCopy.Write(connection, $"{schema}.index_counts (suite, arch, status, packages)", places.CountBy(p => (p.Key.Suite, p.Key.Arch, p.Value.Status)),
            (row, c) => row.Texts(c.Key.Suite, c.Key.Arch, c.Key.Status).Long(c.Value));
        if (words.Count > 2 * places.Count)
            words.Clear(); // versions that nobody has any more
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        connection.Run($"delete from {schema}.index_past where until > $1", position);
        foreach (var (key, newest) in connection.Ask($"select {Row} from {schema}.index", Read))
            places[key] = newest;
    }

    private ((string, string, string), Newest) Read(NpgsqlDataReader r) => ((One(r.GetString(0)), One(r.GetString(1)), One(r.GetString(2))), new Newest(
        r.GetInt64(3), One(r.GetString(4)), r.TextAt(5) is { } v ? One(v) : null, One(r.GetString(6)), One(r.GetString(7)), r.IsDBNull(8) ? null : r.GetInt32(8), r.GetDateTime(9), r.GetInt64(10)));

    private static RowCopy Write(RowCopy row, (string Suite, string Arch, string Package) place, Newest was) => row
        .Texts(place.Suite, place.Arch, place.Package).Long(was.Run).Texts(was.Status, was.Version, was.Message, was.Triggers).Int(was.Duration).Time(was.At).Long(was.Position);

    private string One(string word)
    {
        if (words.TryGetValue(word, out var known))
            return known;
        words.Add(word);
        return word;
    }
}
