using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The statuses in a rebuild: all but the transitions is kept in memory, and saved now and then.</summary>
internal sealed class StatusesBulk(string schema) : IBulkFold
{
    private const string Fields = "suite, arch, package, run, status, settled, settled_since, previous, last_pass_at, last_pass_version, since";
    private const string News = "position, suite, arch, package, run, was, status, version, message, triggers, finished_at";

    private readonly Dictionary<(string Suite, string Arch, string Package), Known> statuses = [];
    private readonly Dictionary<(string Suite, string Package), HashSet<string>> archesOf = [];
    private readonly Dictionary<(string Suite, string Arch, DateOnly Day), int[]> days = [];
    private readonly Dictionary<(string Suite, string Arch), (long Position, DateTime At)> places = [];
    private readonly Dictionary<(string Suite, string Package), DateTime> removed = [];
    private readonly HashSet<string> words = new(StringComparer.Ordinal); // one string for what stands in a hundred thousand rows
    private List<(StoredResult Result, Status Was)> news = [];

    private sealed record Known(long Run, Status Status, Status? Settled, DateTime? SettledSince, Status? Previous, DateTime? PassedAt, string? PassedVersion, DateOnly Since);

    public bool MustSave => false;

    public void Add(RecordedEvent e)
    {
        if (StoredResult.Of(e) is { } result)
        {
            if (result.Run is { Pinned: false, Run.Private: false })
                Add(result);
        }
        else if (StatusesModel.SourceOf(e) is { } source)
            Add(e, source);
    }

    private void Add(StoredResult result)
    {
        var (run, status, day) = (result.Run.Run, result.Run.Status, StatusesModel.Day(result.EndedAt));
        var key = (One(run.Suite), One(run.Arch), One(run.Package));
        var was = statuses.GetValueOrDefault(key);
        if (was?.Run > run.Id)
            return;
        var counted = was is not null && was.Since > day ? was.Since : day;
        var passes = status == Status.Pass;
        var (settled, since) = status == Status.Tmpfail || status == was?.Settled ? (was?.Settled, was?.SettledSince) : (status, result.EndedAt);
        statuses[key] = new Known(run.Id, status, settled, since, was?.Status,
            passes ? result.EndedAt : was?.PassedAt, !passes ? was?.PassedVersion : result.Run.Report.Version is { } v ? One(v) : null, counted);
        if (was is null)
            ArchesOf(key.Item1, key.Item3).Add(key.Item2);
        if (status != Status.Tmpfail && was?.Settled is { } before && before != status)
            news.Add((result, before));
        if (!removed.ContainsKey((key.Item1, key.Item3)))
        {
            Count(key.Item1, key.Item2, counted, status, 1);
            if (was is not null)
                Count(key.Item1, key.Item2, counted, was.Status, -1);
        }
        Move(key.Item1, key.Item2, result.At);
    }

    private void Add(RecordedEvent e, SourceEvent source)
    {
        var (key, sign) = source switch
        {
            SourceEvent.Removed s => ((One(s.Suite), One(s.Package)), -1),
            SourceEvent.Returned s => ((One(s.Suite), One(s.Package)), 1),
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (sign < 0 ? !removed.TryAdd(key, e.RecordedAt.UtcDateTime) : !removed.Remove(key))
            return;
        var day = StatusesModel.Day(e.RecordedAt.UtcDateTime);
        foreach (var arch in archesOf.GetValueOrDefault(key) ?? [])
        {
            var known = statuses[(key.Item1, arch, key.Item2)];
            known = statuses[(key.Item1, arch, key.Item2)] = known with { Since = known.Since > day ? known.Since : day };
            Count(key.Item1, arch, known.Since, known.Status, sign);
            Move(key.Item1, arch, e);
        }
    }

    public Action<NpgsqlConnection> Take()
    {
        var taken = news;
        news = [];
        return connection => RowCopy.Write(connection, $"{schema}.transitions ({News})", taken, (row, n) => row.Long(n.Result.At.Position)
            .Texts(n.Result.Run.Run.Suite, n.Result.Run.Run.Arch, n.Result.Run.Run.Package).Long(n.Result.Run.Run.Id)
            .Texts(Columns.Word(n.Was), Columns.Word(n.Result.Run.Status), n.Result.Run.Report.Version, n.Result.Run.Message, Columns.Words(n.Result.Run.Triggers)).Time(n.Result.EndedAt));
    }

    public void Save(NpgsqlConnection connection, bool last)
    {
        if (words.Count > 2 * statuses.Count)
            words.Clear(); // versions that nobody has any more
        connection.Run($"truncate {schema}.statuses, {schema}.status_spreads, {schema}.status_days, {schema}.status_places, {schema}.removed_sources");
        RowCopy.Write(connection, $"{schema}.statuses ({Fields})", statuses, (row, s) => row.Texts(s.Key.Suite, s.Key.Arch, s.Key.Package).Long(s.Value.Run)
            .Texts(Columns.Word(s.Value.Status), Word(s.Value.Settled)).Time(s.Value.SettledSince).Text(Word(s.Value.Previous)).Time(s.Value.PassedAt).Text(s.Value.PassedVersion).Day(s.Value.Since));
        RowCopy.Write(connection, $"{schema}.status_spreads (suite, package, pass, fail, neutral, tmpfail)", Spreads(),
            (row, s) => row.Texts(s.Key.Suite, s.Key.Package).Int(s.Value[(int)Status.Pass]).Int(s.Value[(int)Status.Fail]).Int(s.Value[(int)Status.Neutral]).Int(s.Value[(int)Status.Tmpfail]));
        RowCopy.Write(connection, $"{schema}.status_days (suite, arch, day, pass, fail, neutral, tmpfail)", days,
            (row, d) => row.Texts(d.Key.Suite, d.Key.Arch).Day(d.Key.Day).Int(d.Value[(int)Status.Pass]).Int(d.Value[(int)Status.Fail]).Int(d.Value[(int)Status.Neutral]).Int(d.Value[(int)Status.Tmpfail]));
        RowCopy.Write(connection, $"{schema}.status_places (suite, arch, position, changed_at)", places, (row, p) => row.Texts(p.Key.Suite, p.Key.Arch).Long(p.Value.Position).Time(p.Value.At));
        RowCopy.Write(connection, $"{schema}.removed_sources (suite, package, since)", removed, (row, r) => row.Texts(r.Key.Suite, r.Key.Package).Time(r.Value));
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        connection.Run($"delete from {schema}.transitions where position > $1", position);
        foreach (var (key, known) in connection.Ask($"select {Fields} from {schema}.statuses", Read))
        {
            statuses[key] = known;
            ArchesOf(key.Suite, key.Package).Add(key.Arch);
        }
        foreach (var (key, counts) in connection.Ask($"select suite, arch, day, pass, fail, neutral, tmpfail from {schema}.status_days",
            r => ((One(r.GetString(0)), One(r.GetString(1)), r.GetFieldValue<DateOnly>(2)), Counts(r.GetInt32(3), r.GetInt32(4), r.GetInt32(5), r.GetInt32(6)))))
            days[key] = counts;
        foreach (var (key, place) in connection.Ask($"select suite, arch, position, changed_at from {schema}.status_places", r => ((One(r.GetString(0)), One(r.GetString(1))), (r.GetInt64(2), r.GetDateTime(3)))))
            places[key] = place;
        foreach (var (key, since) in connection.Ask($"select suite, package, since from {schema}.removed_sources", r => ((One(r.GetString(0)), One(r.GetString(1))), r.GetDateTime(2))))
            removed[key] = since;
    }

    private ((string Suite, string Arch, string Package), Known) Read(NpgsqlDataReader r) => ((One(r.GetString(0)), One(r.GetString(1)), One(r.GetString(2))), new Known(
        r.GetInt64(3), Columns.Enum<Status>(r.GetString(4)), StatusIn(r.TextAt(5)), r.TimeAt(6), StatusIn(r.TextAt(7)), r.TimeAt(8), r.TextAt(9) is { } v ? One(v) : null, r.GetFieldValue<DateOnly>(10)));

    private Dictionary<(string Suite, string Package), int[]> Spreads()
    {
        var spreads = new Dictionary<(string Suite, string Package), int[]>();
        foreach (var ((suite, _, package), known) in statuses)
        {
            if (!spreads.TryGetValue((suite, package), out var counts))
                spreads[(suite, package)] = counts = Counts(0, 0, 0, 0);
            counts[(int)known.Status]++;
        }
        return spreads;
    }

    private static int[] Counts(int pass, int fail, int neutral, int tmpfail)
    {
        var counts = new int[Enum.GetValues<Status>().Length];
        (counts[(int)Status.Pass], counts[(int)Status.Fail], counts[(int)Status.Neutral], counts[(int)Status.Tmpfail]) = (pass, fail, neutral, tmpfail);
        return counts;
    }

    private void Count(string suite, string arch, DateOnly day, Status status, int change)
    {
        if (!days.TryGetValue((suite, arch, day), out var counts))
            days[(suite, arch, day)] = counts = Counts(0, 0, 0, 0);
        counts[(int)status] += change;
    }

    private void Move(string suite, string arch, RecordedEvent e)
    {
        var at = e.RecordedAt.UtcDateTime;
        places[(suite, arch)] = (e.Position, places.TryGetValue((suite, arch), out var known) && known.At > at ? known.At : at);
    }

    private HashSet<string> ArchesOf(string suite, string package) =>
        archesOf.TryGetValue((suite, package), out var arches) ? arches : archesOf[(suite, package)] = [];

    private static string? Word(Status? status) => status is { } s ? Columns.Word(s) : null;

    private static Status? StatusIn(string? word) => word is null ? null : Columns.Enum<Status>(word);

    private string One(string word)
    {
        if (words.TryGetValue(word, out var known))
            return known;
        words.Add(word);
        return word;
    }
}
