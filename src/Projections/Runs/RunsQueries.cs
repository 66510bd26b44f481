using Dapper;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>Which runs to list; what is null does not matter.</summary>
public sealed record RunFilter(
    string? Package = null, string? Suite = null, string? Arch = null, RunState? State = null, Status? Status = null, string? Requester = null)
{
    /// <summary>Whether a run is one of those, as it stands; whether somebody may see it is another question.</summary>
    public bool Holds(RunRow run) => Fits(Package, run.Key.Package) && Fits(Suite, run.Key.Suite) && Fits(Arch, run.Key.Arch) && Fits(Requester, run.Requester)
        && (State is null || State == run.State) && (Status is null || Status == run.Status);

    private static bool Fits(string? wanted, string actual) => wanted is null || wanted == actual;
}

/// <summary>Questions about runs.</summary>
public sealed class RunsQueries(NpgsqlDataSource database)
{
    private const string Select = $"""
        select run, package, suite, arch, private, requester, triggers, pins::text as pins, extra_sources, backend, priority, retry_of, state,
            attempt, worker, used_backend, requested_at, started_at, ended_at, status, cause, message, exit_code, version, duration, tests::text as tests,
            test_count, log_bytes, artifacts_bytes, needs, reason, pins_dropped, updated_at, imported_at, files_expired_at, files_rule, files_limit, position
        from read.runs where {Viewer.MaySee}
        """;

    /// <summary>Of these runs those that the rows have, with whether they are over.</summary>
    public async Task<IReadOnlyDictionary<long, bool>> Known(IReadOnlyCollection<long> runs, CancellationToken cancellation = default)
    {
        if (runs.Count == 0)
            return new Dictionary<long, bool>();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<(long Run, bool Over)>(new CommandDefinition(
            "select run, state not in ('pending', 'running') from read.runs where run = any(@runs)", new { runs = runs.ToArray() }, cancellationToken: cancellation));
        return rows.ToDictionary(r => r.Run, r => r.Over);
    }

    /// <summary>One run; null when there is none, or none that the viewer may see.</summary>
    public async Task<RunRow?> Find(long run, Viewer viewer, CancellationToken cancellation = default) =>
        (await FindMany([run], viewer, cancellation)).SingleOrDefault();

    /// <summary>The runs of these ids that exist and that the viewer may see, in no order.</summary>
    public Task<IReadOnlyList<RunRow>> FindMany(IReadOnlyCollection<long> runs, Viewer viewer, CancellationToken cancellation = default) =>
        Ask($"{Select} and run = any(@Runs)", new { Runs = runs.ToArray(), viewer.Account, viewer.SeesAll }, cancellation);

    /// <summary>Runs by falling id, those below <paramref name="before"/> (exclusive) if given, at most <paramref name="most"/>.</summary>
    public Task<IReadOnlyList<RunRow>> List(
        RunFilter filter, long? before, int most, Viewer viewer, CancellationToken cancellation = default)
    {
        var conditions = new List<string>();
        if (filter.Package is not null) conditions.Add("package = @Package");
        if (filter.Suite is not null) conditions.Add("suite = @Suite");
        if (filter.Arch is not null) conditions.Add("arch = @Arch");
        if (filter.State is not null) conditions.Add("state = @State");
        if (filter.Status is not null) conditions.Add("status = @Status");
        if (filter.Requester is not null) conditions.Add("requester = @Requester");
        if (before is not null) conditions.Add("run < @Before");
        return Ask($"{Select} {string.Concat(conditions.Select(c => $" and {c}"))} order by run desc limit @Most", new
        {
            filter.Package, filter.Suite, filter.Arch, filter.Requester, Before = before, Most = most, viewer.Account, viewer.SeesAll,
            State = filter.State is { } state ? Columns.Word(state) : null,
            Status = filter.Status is { } status ? Columns.Word(status) : null,
        }, cancellation);
    }

    /// <summary>The position of the event that asked for a run; null when there is none, or none that the viewer may see.</summary>
    public async Task<long?> AskedAt(long run, Viewer viewer, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleOrDefaultAsync<long?>(new CommandDefinition(
            $"select asked_position from read.runs where run = @run and {Viewer.MaySee}",
            new { run, viewer.Account, viewer.SeesAll }, cancellationToken: cancellation));
    }

    /// <summary>Of these runs those that an account asked for.</summary>
    public async Task<IReadOnlySet<long>> AskedBy(string requester, IReadOnlyCollection<long> runs, CancellationToken cancellation = default)
    {
        if (runs.Count == 0)
            return new HashSet<long>();
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return (await connection.QueryAsync<long>(new CommandDefinition("select run from read.runs where run = any(@runs) and requester = @requester",
            new { runs = runs.ToArray(), requester }, cancellationToken: cancellation))).ToHashSet();
    }

    private async Task<IReadOnlyList<RunRow>> Ask(string sql, object parameters, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var rows = await connection.QueryAsync<Row>(new CommandDefinition(sql, parameters, cancellationToken: cancellation));
        return [.. rows.Select(r => r.ToRun())];
    }

    // The columns as Dapper fills them.
    private sealed class Row
    {
        public long run { get; init; }
        public required string package { get; init; }
        public required string suite { get; init; }
        public required string arch { get; init; }
        public bool @private { get; init; }
        public required string requester { get; init; }
        public required string triggers { get; init; }
        public string? pins { get; init; }
        public required string extra_sources { get; init; }
        public string? backend { get; init; }
        public int priority { get; init; }
        public long? retry_of { get; init; }
        public required string state { get; init; }
        public int attempt { get; init; }
        public string? worker { get; init; }
        public string? used_backend { get; init; }
        public DateTime requested_at { get; init; }
        public DateTime? started_at { get; init; }
        public DateTime? ended_at { get; init; }
        public string? status { get; init; }
        public string? cause { get; init; }
        public string? message { get; init; }
        public int? exit_code { get; init; }
        public string? version { get; init; }
        public int? duration { get; init; }
        public string? tests { get; init; }
        public int? test_count { get; init; }
        public long? log_bytes { get; init; }
        public long? artifacts_bytes { get; init; }
        public bool? pins_dropped { get; init; }
        public required string needs { get; init; }
        public string? reason { get; init; }
        public DateTime? updated_at { get; init; }
        public DateTime? imported_at { get; init; }
        public DateTime? files_expired_at { get; init; }
        public string? files_rule { get; init; }
        public long? files_limit { get; init; }
        public long position { get; init; }

        public RunRow ToRun() => new(
            new RunKey(run, package, suite, arch, @private), requester, Columns.Words(triggers), Columns.FromJson<Pin>(pins),
            Columns.Words(extra_sources), backend, priority, retry_of, Columns.Enum<RunState>(state), attempt, worker, used_backend,
            requested_at, started_at, ended_at,
            status is null ? null : Columns.Enum<Status>(status), cause is null ? null : Columns.Enum<Cause>(cause), message,
            exit_code, version, duration, Columns.Tests(tests), test_count, log_bytes, artifacts_bytes, Columns.Words(needs), reason, pins_dropped is true,
            updated_at, imported_at, files_expired_at is { } at ? new ExpiredFiles(at, Columns.Enum<RetentionRule>(files_rule!), files_limit!.Value) : null, position);
    }
}
