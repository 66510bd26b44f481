using Debci.Domain;
using Npgsql;

namespace Debci.Projections;

/// <summary>Rows of runs by COPY, and those of runs that are not over read back.</summary>
internal static class RunRows
{
    private const string Asked = "run, stream, package, suite, arch, private, requester, triggers, pins, extra_sources, backend, priority, retry_of, requested_at, needs";

    public static void Write(NpgsqlConnection connection, string table, IEnumerable<KnownRun> runs) => RowCopy.Write(connection, $"""
        {table} ({Asked}, asked_position, position, state, attempt, worker, used_backend, started_at, ended_at, status, cause, message, exit_code, version, duration, tests,
            test_count, log_bytes, artifacts_bytes, testbed_packages, pins_dropped, reason)
        """, runs, (row, r) => WriteAsked(row, r)
            .Long(r.AskedPosition).Long(r.Position).Text(r.State).Int(r.Attempt).Texts(r.Worker, r.Backend).Time(r.StartedAt).Time(r.EndedAt)
            .Texts(r.Status, r.Cause, r.Message).Int(r.Report?.ExitCode).Text(r.Report?.Version).Int(r.Report?.DurationSeconds)
            .Json(r.Report is { } report ? Columns.Tests(report.Tests) : null).Int(r.Report?.TestCount).Long(r.Report?.LogBytes).Long(r.Report?.ArtifactsBytes)
            .Text(r.Report?.TestbedPackages).Flag(r.Report?.PinsDropped).Text(r.Reason));

    public static void WriteOpen(NpgsqlConnection connection, string table, IEnumerable<KnownRun> runs) =>
        RowCopy.Write(connection, $"{table} ({Asked}, position)", runs, (row, r) => WriteAsked(row, r).Long(r.AskedPosition));

    public static void WriteOutcomes(NpgsqlConnection connection, string schema, IReadOnlyCollection<KnownRun> over)
    {
        RowCopy.Write(connection, $"{schema}.outcomes (position, run, requester, suite, package, arch, private, triggers, extra_sources, status, version, duration, recorded_at)",
            over, (row, r) => row.Long(r.Position).Long(r.Asked.Run.Id).Texts(r.Asked.Requester, r.Asked.Run.Suite, r.Asked.Run.Package, r.Asked.Run.Arch)
                .Flag(r.Asked.Run.Private).Texts(r.Triggers, Columns.Words(r.Asked.ExtraSources), r.Status ?? "tmpfail", r.Report?.Version)
                .Int(r.Report?.DurationSeconds).Time(r.EndedAt));
        RowCopy.Write(connection, $"{schema}.outcome_triggers (place, position)",
            over.SelectMany(r => Columns.Words(r.Triggers).Distinct().Select(t => (Run: r, Trigger: t))),
            (row, o) => row.Bytes(OutcomePlace.Of(o.Run.Asked.Requester, o.Run.Asked.Run, o.Trigger)).Long(o.Run.Position));
    }

    /// <summary>Runs that are not over, as <see cref="Write"/> wrote them.</summary>
    public static List<KnownRun> Read(NpgsqlConnection connection, string table) => connection.Ask(
        $"select {Asked}, asked_position, position, state, attempt, worker, used_backend, started_at, cause, message from {table}",
        r => Asking(r, r.GetInt64(15), position: r.GetInt64(16), run =>
        {
            (run.State, run.Attempt, run.Worker, run.Backend) = (r.GetString(17), r.GetInt32(18), r.TextAt(19), r.TextAt(20));
            (run.StartedAt, run.Cause, run.Message) = (r.TimeAt(21), r.TextAt(22), r.TextAt(23));
        }));

    /// <summary>Runs of batches that are not complete.</summary>
    public static List<KnownRun> ReadOpen(NpgsqlConnection connection, string table) =>
        connection.Ask($"select {Asked}, position from {table} order by position", r => Asking(r, r.GetInt64(15), position: r.GetInt64(15), _ => { }));

    private static RowCopy WriteAsked(RowCopy row, KnownRun r) => row
        .Long(r.Asked.Run.Id).Texts(r.Stream, r.Asked.Run.Package, r.Asked.Run.Suite, r.Asked.Run.Arch).Flag(r.Asked.Run.Private)
        .Texts(r.Asked.Requester, r.Triggers).Json(Columns.Json(r.Asked.Pins)).Texts(Columns.Words(r.Asked.ExtraSources), r.Asked.Backend)
        .Int(r.Priority).Long(r.Asked.RetryOf).Time(r.RequestedAt).Text(Columns.Words(r.Asked.Needs ?? []));

    private static KnownRun Asking(NpgsqlDataReader r, long asked, long position, Action<KnownRun> rest)
    {
        var key = new RunKey(r.GetInt64(0), r.GetString(2), r.GetString(3), r.GetString(4), r.GetBoolean(5));
        var request = new BatchEvent.Requested(key, r.GetString(6), Columns.Words(r.GetString(7)), Columns.FromJson<Pin>(r.TextAt(8)), Columns.Words(r.GetString(9)),
            r.GetInt32(11), r.TextAt(10), r.LongAt(12), Columns.Words(r.GetString(14)));
        var run = new KnownRun(r.GetString(1), asked, r.GetDateTime(13), request) { Position = position };
        rest(run);
        return run;
    }
}
