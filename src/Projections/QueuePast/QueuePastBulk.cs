using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The queue's past in a rebuild: who is there is kept in memory, and stays, attempts and raises are written once, when they are over.</summary>
internal sealed class QueuePastBulk(string schema) : IBulkFold
{
    private readonly Dictionary<string, List<Life>> open = new(StringComparer.Ordinal);
    private readonly Dictionary<long, Life> lives = [];
    private List<(Life Life, long Until)> past = [];
    private List<Failure> failed = [];
    private List<(long Run, long Position, int Was)> raised = [];

    private sealed class Life(long run, int priority)
    {
        public long Run { get; } = run;
        public int Priority { get; set; } = priority;
        public long Since { get; set; }
        public long? Began { get; set; }
        public DateTime? StartedAt { get; set; }
    }

    private sealed record Failure(long Run, long? Began, long Until, int Attempt, string Worker, DateTime? StartedAt, DateTime? NotBefore);

    public bool MustSave => false;

    public void Add(RecordedEvent e)
    {
        if (!e.Name.StartsWith("run.", StringComparison.Ordinal) && !e.Name.StartsWith("batch.", StringComparison.Ordinal))
            return;
        switch (e.Decode())
        {
            case BatchEvent.Requested h: Ask(e.Stream, new Life(h.Run.Id, h.Priority)); break;
            case BatchEvent.Joined h: Raise(e.Position, h); break;
            case BatchEvent.GivenUp: open.Remove(e.Stream); break;
            case BatchEvent.Accepted: Accept(e); break;
            case RunEvent.Started h when lives.TryGetValue(h.Run.Id, out var life): (life.Began, life.StartedAt) = (e.Position, e.RecordedAt.UtcDateTime); break;
            case RunEvent.AttemptFailed h: Fail(h.Run.Id, e, h.Attempt, h.Worker, h.DelaySeconds is { } pause ? e.RecordedAt.UtcDateTime.AddSeconds(pause) : null); break;
            case RunEvent.Lost h: Fail(h.Run.Id, e, h.Attempt, h.Worker, null); break;
            case RunEvent.Finished or RunEvent.Cancelled or RunEvent.Superseded or RunEvent.Abandoned: End(LogEvent.KeyOf(e.Decode())!.Id, e.Position); break;
        }
    }

    public Action<NpgsqlConnection> Take()
    {
        var (stays, attempts, raises) = (past, failed, raised);
        (past, failed, raised) = ([], [], []);
        return connection =>
        {
            RowCopy.Write(connection, $"{schema}.queue_past (run, since, until, began, priority)", stays, (row, s) => row
                .Long(s.Life.Run).Long(s.Life.Since).Long(s.Until).Long(s.Life.Began).Short(s.Life.Priority));
            RowCopy.Write(connection, $"{schema}.queue_attempts (run, began, until, attempt, worker, started_at, not_before)", attempts, (row, a) => row
                .Long(a.Run).Long(a.Began).Long(a.Until).Short(a.Attempt).Text(a.Worker).Time(a.StartedAt).Time(a.NotBefore));
            RowCopy.Write(connection, $"{schema}.queue_raises (run, position, was)", raises, (row, r) => row.Long(r.Run).Long(r.Position).Short(r.Was));
        };
    }

    public void Save(NpgsqlConnection connection, bool last)
    {
        connection.Run($"truncate {schema}.queue_asked, {schema}.queue_lives");
        RowCopy.Write(connection, $"{schema}.queue_asked (run, stream, priority)", open.SelectMany(b => b.Value.Select(l => (b.Key, Life: l))), (row, a) => row
            .Long(a.Life.Run).Text(a.Key).Short(a.Life.Priority));
        RowCopy.Write(connection, $"{schema}.queue_lives (run, since, began, started_at, priority)", lives.Values, (row, l) => row
            .Long(l.Run).Long(l.Since).Long(l.Began).Time(l.StartedAt).Short(l.Priority));
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        connection.Run($"delete from {schema}.queue_past where until > $1", position);
        connection.Run($"delete from {schema}.queue_attempts where until > $1", position);
        connection.Run($"delete from {schema}.queue_raises where position > $1", position);
        foreach (var (stream, life) in connection.Ask($"select run, stream, priority from {schema}.queue_asked", r => (r.GetString(1), new Life(r.GetInt64(0), r.GetInt16(2)))))
            Ask(stream, life);
        foreach (var life in connection.Ask($"select run, priority, since, began, started_at from {schema}.queue_lives",
            r => new Life(r.GetInt64(0), r.GetInt16(1)) { Since = r.GetInt64(2), Began = r.LongAt(3), StartedAt = r.TimeAt(4) }))
            lives[life.Run] = life;
    }

    private void Ask(string stream, Life life)
    {
        if (!open.TryGetValue(stream, out var batch))
            open[stream] = batch = [];
        batch.Add(life);
    }

    private void Accept(RecordedEvent e)
    {
        open.Remove(e.Stream, out var batch);
        foreach (var life in batch ?? [])
        {
            life.Since = e.Position;
            lives[life.Run] = life;
        }
    }

    // What the priority was before stays known; one that raises nothing is nothing.
    private void Raise(long position, BatchEvent.Joined joined)
    {
        if (!lives.TryGetValue(joined.Run.Id, out var life) || joined.Priority <= life.Priority)
            return;
        raised.Add((life.Run, position, life.Priority));
        life.Priority = joined.Priority;
    }

    private void Fail(long run, RecordedEvent e, int attempt, string worker, DateTime? notBefore)
    {
        if (lives.TryGetValue(run, out var life))
            failed.Add(new Failure(run, life.Began, e.Position, attempt, worker, life.StartedAt, notBefore));
    }

    private void End(long run, long position)
    {
        if (lives.Remove(run, out var life))
            past.Add((life, position));
    }
}
