using Debci.Domain;
using Debci.EventLog;

namespace Debci.Projections;

/// <summary>The workers that have announced themselves, and what each is doing.</summary>
public sealed class WorkersModel : IReadModel
{
    /// <inheritdoc/>
    public string Name => "workers";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<string> Views => ["workers"];

    /// <inheritdoc/>
    public string Ddl(string schema) => $"""
        create table {schema}.workers (
            name text primary key, arches text not null, backends text not null, software text not null, announced_at timestamptz not null,
            run bigint, since timestamptz not null);
        create index workers_run on {schema}.workers (run) where run is not null;
        """;

    /// <inheritdoc/>
    public void Apply(IReadOnlyList<RecordedEvent> page, Writes writes)
    {
        // Per worker the newest word of this page; statements are few here, so that order is kept by sending one a kind of change.
        var announced = new Dictionary<string, (WorkerEvent.Announced Words, DateTime At)>(StringComparer.Ordinal);
        var doing = new Dictionary<string, (long? Run, DateTime At)>(StringComparer.Ordinal);
        var freed = new Dictionary<long, DateTime>();
        foreach (var e in page)
            Fold(e, announced, doing, freed);
        WriteAnnounced(writes, [.. announced.Values]);
        // Runs that end without naming a worker (cancelled, superseded) free whoever had them before this page.
        writes.Add($"update {writes.Schema}.workers w set run = null, since = f.at from unnest($1, $2) as f (run, at) where w.run = f.run",
            freed.Keys.ToArray(), freed.Values.ToArray());
        writes.Add($"update {writes.Schema}.workers w set run = d.run, since = d.at from unnest($1, $2, $3) as d (name, run, at) where w.name = d.name",
            doing.Keys.ToArray(), doing.Values.ToArray().Column(d => d.Run), doing.Values.ToArray().Column(d => d.At));
    }

    private static void Fold(
        RecordedEvent e, Dictionary<string, (WorkerEvent.Announced, DateTime)> announced,
        Dictionary<string, (long? Run, DateTime At)> doing, Dictionary<long, DateTime> freed)
    {
        var at = e.RecordedAt.UtcDateTime;
        switch (e.Name.StartsWith("run.", StringComparison.Ordinal) || e.Name.StartsWith("worker.", StringComparison.Ordinal) ? e.Decode() : null)
        {
            case WorkerEvent.Announced h: announced[h.Worker] = (h, at); break;
            case RunEvent.Started h: doing[h.Worker] = (h.Run.Id, at); break;
            case RunEvent.AttemptFailed h: Free(h.Run.Id, at, doing, freed); break;
            case RunEvent.Lost h: Free(h.Run.Id, at, doing, freed); break;
            case RunEvent.Finished h: Free(h.Run.Id, at, doing, freed); break;
            case RunEvent.Cancelled h: Free(h.Run.Id, at, doing, freed); break;
        }
    }

    // Whoever has this run is free; a worker that has meanwhile begun another one is not touched.
    private static void Free(long run, DateTime at, Dictionary<string, (long? Run, DateTime At)> doing, Dictionary<long, DateTime> freed)
    {
        freed.TryAdd(run, at); // the first time is that of the one who had it before this page
        foreach (var (worker, d) in doing.Where(d => d.Value.Run == run).ToList())
            doing[worker] = (null, at);
    }

    private static void WriteAnnounced(Writes writes, (WorkerEvent.Announced Words, DateTime At)[] rows) => writes.Add($"""
        insert into {writes.Schema}.workers (name, arches, backends, software, announced_at, since)
        select name, arches, backends, software, at, at from unnest($1, $2, $3, $4, $5) as page (name, arches, backends, software, at)
        on conflict (name) do update set arches = excluded.arches, backends = excluded.backends, software = excluded.software,
            announced_at = excluded.announced_at
        """,
        rows.Column(r => r.Words.Worker), rows.Column(r => Columns.Words(r.Words.Arches)), rows.Column(r => Columns.Words(r.Words.Backends)),
        rows.Column(r => r.Words.Software), rows.Column(r => r.At));
}
