using Debci.Domain;
using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>Workers in a rebuild: what they say of themselves as ever, how their attempts went by COPY; attempts that are too old go at last.</summary>
internal sealed class WorkersBulk(WorkersModel model, string schema) : IBulkFold
{
    private readonly PagedFold workers = new(model, schema);
    private List<WorkersModel.Attempt> attempts = [];

    public bool MustSave => true;

    public bool SavesForNothing => true;

    public void Add(RecordedEvent e)
    {
        if (e.Name.StartsWith("worker.", StringComparison.Ordinal))
            workers.Add(e);
        else if (e.Name.StartsWith("run.", StringComparison.Ordinal) && e.Decode() is RunEvent happened && WorkersModel.AttemptOf(e, happened) is { } attempt)
            attempts.Add(attempt);
    }

    public Action<NpgsqlConnection> Take()
    {
        var (announced, ended) = (workers.Take(), attempts);
        attempts = [];
        return connection =>
        {
            announced(connection);
            RowCopy.Write(connection, $"{schema}.worker_attempts (position, worker, run, arch, ended_at, failed, duration)", ended,
                (row, a) => row.Long(a.Position).Text(a.Worker).Long(a.Run.Id).Text(a.Run.Arch).Time(a.At).Flag(a.Failed).Int(a.Duration));
        };
    }

    public void Save(NpgsqlConnection connection, bool last)
    {
        if (last)
            connection.Run($"delete from {schema}.worker_attempts where ended_at < (select max(ended_at) from {schema}.worker_attempts) - interval '{WorkersModel.Kept}'");
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        // The rows are all there is.
    }
}
