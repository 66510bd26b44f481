using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>
/// Runs in a rebuild: those that are not over are kept in memory, and each row is written once, at its run's end. What comes after that
/// (a request that joined at this very moment, files that expired) changes the row as ever, and what was imported is written as ever.
/// </summary>
internal sealed class RunsBulk(string schema) : IBulkFold
{
    private readonly Dictionary<string, List<KnownRun>> open = new(StringComparer.Ordinal);
    private readonly Dictionary<long, KnownRun> alive = [];
    private List<KnownRun> over = [];
    private List<RecordedEvent> late = [];

    public bool MustSave => late.Count > 0;

    public void Add(RecordedEvent e)
    {
        if (!e.Name.StartsWith("run.", StringComparison.Ordinal) && !e.Name.StartsWith("batch.", StringComparison.Ordinal))
            return;
        switch (e.Decode())
        {
            case BatchEvent.Requested h:
                if (!open.TryGetValue(e.Stream, out var batch))
                    open[e.Stream] = batch = [];
                batch.Add(new KnownRun(e.Stream, e.Position, e.RecordedAt.UtcDateTime, h));
                break;
            case BatchEvent.GivenUp: open.Remove(e.Stream); break;
            case BatchEvent.Accepted: Accept(e.Stream); break;
            case BatchEvent.Joined h when alive.TryGetValue(h.Run.Id, out var run): run.Priority = Math.Max(run.Priority, h.Priority); break;
            case BatchEvent.Joined: late.Add(e); break;
            case RunEvent h when LogEvent.KeyOf(h) is { } key: Change(e, key.Id, h); break;
        }
    }

    public Action<NpgsqlConnection> Take()
    {
        var (rows, after) = (over, late);
        (over, late) = ([], []);
        return connection =>
        {
            RunRows.Write(connection, $"{schema}.runs", rows);
            RunRows.WriteOutcomes(connection, schema, rows);
            Change(connection, after);
        };
    }

    public void Save(NpgsqlConnection connection, bool last)
    {
        connection.Run($"create table if not exists {schema}.runs_alive (like {schema}.runs); truncate {schema}.runs_alive, {schema}.runs_open");
        RunRows.Write(connection, last ? $"{schema}.runs" : $"{schema}.runs_alive", alive.Values);
        RunRows.WriteOpen(connection, $"{schema}.runs_open", open.Values.SelectMany(b => b));
        if (last)
            connection.Run($"drop table {schema}.runs_alive");
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        connection.Run($"create table if not exists {schema}.runs_alive (like {schema}.runs)");
        foreach (var table in new[] { "runs", "outcomes", "outcome_triggers" })
            connection.Run($"delete from {schema}.{table} where position > $1", position);
        foreach (var run in RunRows.Read(connection, $"{schema}.runs_alive"))
            alive[run.Asked.Run.Id] = run;
        foreach (var batch in RunRows.ReadOpen(connection, $"{schema}.runs_open").GroupBy(r => r.Stream))
            open[batch.Key] = [.. batch];
    }

    private void Accept(string stream)
    {
        if (!open.Remove(stream, out var batch))
            return;
        foreach (var run in batch)
            alive[run.Asked.Run.Id] = run;
    }

    private void Change(RecordedEvent e, long id, RunEvent happened)
    {
        if (!alive.TryGetValue(id, out var run))
        {
            late.Add(e);
            return;
        }
        RunChange.Apply(run, e, happened);
        if (run.EndedAt is null)
            return;
        alive.Remove(id);
        over.Add(run);
    }

    private void Change(NpgsqlConnection connection, List<RecordedEvent> after)
    {
        var (fold, writes) = (new RunsFold(), new Writes(schema));
        foreach (var e in after)
            fold.Add(e);
        fold.Write(writes);
        PagedFold.Run(writes, connection);
    }

    // As RunsFold has it, event by event.
    private static class RunChange
    {
        public static void Apply(KnownRun run, RecordedEvent e, RunEvent happened)
        {
            run.Position = e.Position;
            switch (happened)
            {
                case RunEvent.Started h:
                    (run.State, run.Attempt, run.Worker, run.Backend, run.StartedAt) = ("running", h.Attempt, h.Worker, h.Backend, e.RecordedAt.UtcDateTime);
                    break;
                case RunEvent.AttemptFailed h: ComesBack(run, h.Attempt, h.Worker, h.Cause, h.Message); break;
                case RunEvent.Lost h: ComesBack(run, h.Attempt, h.Worker, Cause.WorkerLost, $"{h.Worker} fell silent"); break;
                case RunEvent.Finished h:
                    End(run, e, "finished", h.Message, h.Cause);
                    (run.Attempt, run.Worker, run.Status, run.Report) = (h.Attempt, h.Worker, Columns.Word(h.Status), h.Report);
                    break;
                case RunEvent.Cancelled h: End(run, e, "cancelled", "Cancelled", null); run.Reason = h.Reason; break;
                case RunEvent.Superseded h: End(run, e, "superseded", $"Superseded by run {h.By}", null); break;
                case RunEvent.Abandoned h: End(run, e, "abandoned", $"Abandoned after {h.Attempts} attempts", h.Cause); run.Attempt = h.Attempts; break;
            }
        }

        private static void ComesBack(KnownRun run, int attempt, string worker, Cause cause, string message) =>
            (run.State, run.Attempt, run.Worker, run.Cause, run.Message) = ("pending", attempt, worker, Columns.Word(cause), message);

        private static void End(KnownRun run, RecordedEvent e, string state, string message, Cause? cause) =>
            (run.State, run.EndedAt, run.Message, run.Cause) = (state, e.RecordedAt.UtcDateTime, message, cause is { } c ? Columns.Word(c) : null);
    }
}
