using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>The workers that have announced themselves, how each stands, and how its newest attempts went. What each is doing, the queue knows.</summary>
public sealed class WorkersModel : IReadModel, IFoldedInBulk
{
    // Older attempts say nothing about how a worker does today.
    internal const string Kept = "7 days";

    /// <inheritdoc/>
    public string Name => "workers";

    /// <inheritdoc/>
    public int Version => 2;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["workers", "worker_attempts"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.workers (
            name text primary key, arches text not null, backends text not null, tags text not null, capacity int not null, software text not null,
            announced_at timestamptz not null, drained_at timestamptz, drained_why text, set_aside_at timestamptz, set_aside_why text,
            restored_at timestamptz); -- what it did before does not count any more
        create table {schema}.worker_attempts (
            position bigint primary key, worker text not null, run bigint not null, arch text not null, ended_at timestamptz not null,
            failed boolean not null, -- for a reason of the host
            duration int);
        create index worker_attempts_worker on {schema}.worker_attempts (worker, position);
        create index worker_attempts_arch on {schema}.worker_attempts (arch, position);
        create index worker_attempts_age on {schema}.worker_attempts (ended_at);
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        var workers = new Dictionary<string, Change>(StringComparer.Ordinal);
        var attempts = new List<Attempt>();
        foreach (var e in page)
            Fold(e, workers, attempts);
        Write(writes, [.. workers.Select(w => (w.Key, w.Value))]);
        Write(writes, attempts);
    }

    IBulkFold IFoldedInBulk.Bulk(string schema) => new WorkersBulk(this, schema);

    bool IFoldedInBulk.IsMadeLast(string index) => index.StartsWith("worker_attempts_", StringComparison.Ordinal);

    // Null means "as it was".
    private sealed record Change(WorkerEvent.Announced? Words = null, DateTime? AnnouncedAt = null, Mark? Drained = null, Mark? SetAside = null, DateTime? Restored = null);

    private sealed record Mark(DateTime? At, string? Why);

    internal sealed record Attempt(long Position, string Worker, RunKey Run, DateTime At, bool Failed, int? Duration);

    private static void Fold(RecordedEvent e, Dictionary<string, Change> workers, List<Attempt> attempts)
    {
        var at = e.RecordedAt.UtcDateTime;
        switch (e.Name.StartsWith("run.", StringComparison.Ordinal) || e.Name.StartsWith("worker.", StringComparison.Ordinal) ? e.Decode() : null)
        {
            case WorkerEvent.Announced h: Change(h.Worker, c => c with { Words = h, AnnouncedAt = at }); break;
            case WorkerEvent.Drained h: Change(h.Worker, c => c with { Drained = new Mark(at, h.Reason) }); break;
            case WorkerEvent.Resumed h: Change(h.Worker, c => c with { Drained = new Mark(null, null) }); break;
            case WorkerEvent.SetAside h:
                Change(h.Worker, c => c with { SetAside = new Mark(at, $"{h.Failed} of its last {h.Attempts} attempts failed for reasons of the host, {h.PeersFailed} of {h.PeersAttempts} of its peers'") });
                break;
            case WorkerEvent.Restored h: Change(h.Worker, c => c with { SetAside = new Mark(null, null), Restored = at }); break;
            case RunEvent happened when AttemptOf(e, happened) is { } attempt: attempts.Add(attempt); break;
        }

        void Change(string worker, Func<Change, Change> next) => workers[worker] = next(workers.GetValueOrDefault(worker) ?? new Change());
    }

    /// <summary>How an attempt went, by the event that ended it; null for other events.</summary>
    internal static Attempt? AttemptOf(RecordedEvent e, RunEvent happened) => happened switch
    {
        RunEvent.AttemptFailed h => new(e.Position, h.Worker, h.Run, e.RecordedAt.UtcDateTime, RetryPolicy.IsOfHost(h.Cause), null),
        RunEvent.Lost h => new(e.Position, h.Worker, h.Run, e.RecordedAt.UtcDateTime, true, null),
        RunEvent.Finished h => new(e.Position, h.Worker, h.Run, e.RecordedAt.UtcDateTime, h.Cause is { } cause && RetryPolicy.IsOfHost(cause), h.Report.DurationSeconds),
        _ => null,
    };

    private static void Write(Writes writes, (string Worker, Change Change)[] rows)
    {
        var announced = rows.Where(r => r.Change.Words is not null).Select(r => (Words: r.Change.Words!, At: r.Change.AnnouncedAt)).ToArray();
        writes.Add($"""
            insert into {writes.Schema}.workers (name, arches, backends, tags, capacity, software, announced_at)
            select * from unnest($1, $2, $3, $4, $5, $6, $7)
            on conflict (name) do update set arches = excluded.arches, backends = excluded.backends, tags = excluded.tags,
                capacity = excluded.capacity, software = excluded.software, announced_at = excluded.announced_at
            """,
            announced.Column(r => r.Words.Worker), announced.Column(r => Columns.Words(r.Words.Arches)), announced.Column(r => Columns.Words(r.Words.Backends)),
            announced.Column(r => Columns.Words(r.Words.Tags ?? [])), announced.Column(r => r.Words.Capacity ?? 1), announced.Column(r => r.Words.Software),
            announced.Column(r => r.At!.Value));
        WriteMarks(writes, "drained", [.. rows.Where(r => r.Change.Drained is not null).Select(r => (r.Worker, r.Change.Drained!))]);
        var restored = rows.Where(r => r.Change.Restored is not null).ToArray();
        writes.Add($"update {writes.Schema}.workers w set restored_at = r.at from unnest($1, $2) as r (name, at) where w.name = r.name",
            restored.Column(r => r.Worker), restored.Column(r => r.Change.Restored));
        WriteMarks(writes, "set_aside", [.. rows.Where(r => r.Change.SetAside is not null).Select(r => (r.Worker, r.Change.SetAside!))]);
    }

    private static void WriteMarks(Writes writes, string mark, (string Worker, Mark Mark)[] rows) => writes.Add(
        $"update {writes.Schema}.workers w set {mark}_at = m.at, {mark}_why = m.why from unnest($1, $2, $3) as m (name, at, why) where w.name = m.name",
        rows.Column(r => r.Worker), rows.Column(r => r.Mark.At), rows.Column(r => r.Mark.Why));

    private static void Write(Writes writes, List<Attempt> attempts)
    {
        writes.Add($"insert into {writes.Schema}.worker_attempts (position, worker, run, arch, ended_at, failed, duration) select * from unnest($1, $2, $3, $4, $5, $6, $7)",
            attempts.Column(a => a.Position), attempts.Column(a => a.Worker), attempts.Column(a => a.Run.Id), attempts.Column(a => a.Run.Arch),
            attempts.Column(a => a.At), attempts.Column(a => a.Failed), attempts.Column(a => a.Duration));
        writes.Add($"delete from {writes.Schema}.worker_attempts where ended_at < (select max(at) from unnest($1) as page (at)) - interval '{Kept}'", attempts.Column(a => a.At));
    }
}
