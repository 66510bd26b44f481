using System.Runtime.CompilerServices;
using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>A finished run with all that debci's job objects say of one. Public.</summary>
/// <param name="Run">The run's number.</param>
/// <param name="Suite">Suite.</param>
/// <param name="Arch">Debian architecture.</param>
/// <param name="Package">Source package.</param>
/// <param name="Status">What came of it.</param>
/// <param name="Version">The tested version; null when it is unknown.</param>
/// <param name="Message">The result in a sentence.</param>
/// <param name="Triggers">What caused it, a blank between them.</param>
/// <param name="DurationSeconds">Null when nobody knows.</param>
/// <param name="UpdatedAt">When the outcome was accepted, UTC.</param>
/// <param name="Date">When the test ended, UTC.</param>
/// <param name="CreatedAt">When it was asked for, UTC; null when nobody says.</param>
/// <param name="ExtraSources">Names of apt sources that were added, a blank between them.</param>
/// <param name="Pins">Packages from another suite.</param>
/// <param name="Pinned">Whether it had any; of an imported run they may not be known.</param>
/// <param name="Worker">Who ran it.</param>
/// <param name="LogBytes">Plain bytes of its log; null when there is none.</param>
/// <param name="ArtifactsBytes">Bytes of its artifacts; null when there are none.</param>
/// <param name="Previous">The status before it; null when it is the first.</param>
/// <param name="LastPassAt">When the newest pass up to this one ended; null when it never passed.</param>
/// <param name="LastPassVersion">The version that passed then.</param>
public sealed record JobRow(
    long Run, string Suite, string Arch, string Package, Status Status, string? Version, string Message, string Triggers, int? DurationSeconds,
    DateTime UpdatedAt, DateTime Date, DateTime? CreatedAt, string ExtraSources, IReadOnlyList<Pin> Pins, bool Pinned, string? Worker, long? LogBytes, long? ArtifactsBytes,
    Status? Previous, DateTime? LastPassAt, string? LastPassVersion);

/// <summary>Jobs, read page by page. Private runs are among none of them.</summary>
public sealed class JobsQueries(NpgsqlDataSource database)
{
    // Of an imported run the times of the other system; of one of here debci's whole second.
    private const string Run = """
        coalesce(r.updated_at, f.finished_at), case when r.imported_at is null then date_trunc('second', f.finished_at) else f.finished_at end,
            r.requested_at, coalesce(r.extra_sources, ''), r.pins::text, r.worker, r.log_bytes, r.artifacts_bytes
        """;

    private const string Fields = $"f.run, f.suite, f.arch, f.package, f.status, f.version, f.message, f.triggers, f.duration, {Run}";

    // Where sources are that have left, it is asked of each row; else of none.
    private const string IsThere = "not exists (select from read.removed_sources s where s.suite = f.suite and s.package = f.package)";

    private const int Largest = 8; // times the first page

    /// <summary>How many are read at once, to begin with: few, so that the first is there soon, and then more, since each page costs a query.</summary>
    public int PageSize { get; init; } = 500;

    // Of a place in the order of names, from the first row on: each table is walked, or looked up, in the order of names. Else all runs that there ever were are
    // read, and all rows sorted, before the first is there. The settings end with the batch, which is one transaction.
    private const string InOrder = """
        select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', 'off', true), set_config('enable_sort', 'off', true), set_config('enable_bitmapscan', 'off', true),
            set_config('max_parallel_workers_per_gather', '0', true), set_config('enable_memoize', 'off', true), set_config('random_page_cost', '1', true)
        """;

    private const string Current = $"""
        select {Fields}, false, s.previous, s.last_pass_at, s.last_pass_version
        from read.index f left join read.statuses s on s.suite = f.suite and s.arch = f.arch and s.package = f.package left join read.runs r on r.run = f.run
        where f.suite = $1 and f.arch = $2 and {IsThere}
        """;

    /// <summary>
    /// The current result of each package of a suite and architecture, by name; without those whose source has left the suite. Read by pages, so that a
    /// client who takes them slowly holds no connection; each package is there once, as it is when its page is read.
    /// </summary>
    public async IAsyncEnumerable<JobRow> OfPlace(string suite, string arch, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var behind = "";
        for (var size = PageSize; ; size = Math.Min(2 * size, Largest * PageSize))
        {
            var page = await Page(suite, arch, behind, size, cancellation);
            foreach (var row in page)
                yield return row;
            if (page.Count < size)
                break;
            behind = page[^1].Package;
        }
    }

    private async Task<List<JobRow>> Page(string suite, string arch, string behind, int size, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new NpgsqlBatchCommand(InOrder), Batched($"{Current} and f.package > $3 order by f.suite, f.arch, f.package limit {size}", suite, arch, behind) },
        };
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        await rows.NextResultAsync(cancellation); // the first is of the settings
        var page = new List<JobRow>(size);
        while (await rows.ReadAsync(cancellation))
            page.Add(ToRow(rows));
        return page;
    }

    /// <summary>The current result of a package; null when it has none, or has left the suite.</summary>
    public async Task<JobRow?> Latest(string package, string suite, string arch, CancellationToken cancellation = default)
    {
        await foreach (var row in Read($"{Current} and f.package = $3", cancellation, suite, arch, package))
            return row;
        return null;
    }

    /// <summary>The results of a package, the oldest first, also those with pins. A status before, and a pass, is one without pins, as everywhere.</summary>
    public async IAsyncEnumerable<JobRow> History(string package, string suite, string arch, [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        var (previous, passedAt, passedVersion) = ((Status?)null, (DateTime?)null, (string?)null);
        await foreach (var (_, row) in InTime(package, suite, arch, cancellation))
        {
            if (!row.Pinned && row.Status == Status.Pass)
                (passedAt, passedVersion) = (row.Date, row.Version);
            yield return row with { Previous = previous, LastPassAt = passedAt, LastPassVersion = passedVersion };
            previous = row.Pinned ? previous : row.Status;
        }
    }

    // By pages, too.
    private async IAsyncEnumerable<(long Position, JobRow Row)> InTime(string package, string suite, string arch, [EnumeratorCancellation] CancellationToken cancellation)
    {
        for (var behind = 0L; ;)
        {
            var page = new List<(long Position, JobRow Row)>();
            await using (var command = Command($"""
                select {Fields}, f.pinned, null::text, null::timestamptz, null::text, f.position from read.history f left join read.runs r on r.run = f.run
                where f.package = $1 and f.suite = $2 and f.arch = $3 and not f.private and f.position > $4 order by f.position limit {PageSize}
                """, package, suite, arch))
            {
                command.Parameters.Add(new NpgsqlParameter { Value = behind });
                await using var rows = await command.ExecuteReaderAsync(cancellation);
                var position = rows.GetOrdinal("position");
                while (await rows.ReadAsync(cancellation))
                    page.Add((rows.GetInt64(position), ToRow(rows)));
            }
            foreach (var job in page)
                yield return job;
            if (page.Count < PageSize)
                break;
            behind = page[^1].Position;
        }
    }

    /// <summary>The position of what changed the public results of a package last: a result, or that one was published; null when there is none.</summary>
    public async Task<long?> Newest(string package, string suite, string arch, CancellationToken cancellation = default)
    {
        await using var command = Command("""
            select greatest(
                (select position from read.history where package = $1 and suite = $2 and arch = $3 and not private order by position desc limit 1),
                (select max(published) from read.history where package = $1 and suite = $2 and arch = $3 and published is not null))
            """, package, suite, arch);
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    /// <summary>The newest public run of a version of a package; null when there is none.</summary>
    public async Task<long?> OfVersion(string package, string suite, string arch, string version, CancellationToken cancellation = default)
    {
        await using var command = Command("select max(run) from read.history where package = $1 and suite = $2 and arch = $3 and version = $4 and not private", package, suite, arch, version);
        return await command.ExecuteScalarAsync(cancellation) as long?;
    }

    private async IAsyncEnumerable<JobRow> Read(string sql, [EnumeratorCancellation] CancellationToken cancellation, params string[] parameters)
    {
        await using var command = Command(sql, parameters);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
            yield return ToRow(rows);
    }

    private NpgsqlCommand Command(string sql, params string[] parameters)
    {
        var command = database.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }

    private static NpgsqlBatchCommand Batched(string sql, params string[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new NpgsqlParameter { Value = parameter });
        return command;
    }

    private static JobRow ToRow(NpgsqlDataReader r) => new(
        r.GetInt64(0), r.GetString(1), r.GetString(2), r.GetString(3), Columns.Enum<Status>(r.GetString(4)), r.TextAt(5), r.GetString(6), r.GetString(7), r.IntAt(8),
        r.GetDateTime(9), r.GetDateTime(10), r.TimeAt(11), r.GetString(12), Columns.FromJson<Pin>(r.TextAt(13)), r.GetBoolean(17), r.TextAt(14), r.LongAt(15), r.LongAt(16),
        r.TextAt(18) is { } previous ? Columns.Enum<Status>(previous) : null, r.TimeAt(19), r.TextAt(20));
}
