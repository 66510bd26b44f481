using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The history in a rebuild: a row for each result, written once, and a look at one of them for each that is published later.</summary>
internal sealed class HistoryBulk(string schema) : IBulkFold
{
    private List<StoredResult> rows = [];
    private List<StoredResult> published = [];

    public bool MustSave => true;

    public bool SavesForNothing => true;

    public void Add(RecordedEvent e)
    {
        if (StoredResult.Of(e) is { } result)
            (result.IsPublication ? published : rows).Add(result);
    }

    public Action<NpgsqlConnection> Take()
    {
        var (taken, shown) = (rows, published);
        (rows, published) = ([], []);
        return connection =>
        {
            Write(connection, taken);
            var writes = new Writes(schema);
            HistoryModel.Publish(writes, shown);
            PagedFold.Run(writes, connection);
        };
    }

    private void Write(NpgsqlConnection connection, List<StoredResult> taken) => RowCopy.Write(connection, $"""
            {schema}.history (package, suite, arch, position, run, private, requester, pinned, status, cause, version, message, triggers, duration, worker, finished_at)
            """, taken, (row, r) => row
                .Texts(r.Run.Run.Package, r.Run.Run.Suite, r.Run.Run.Arch).Long(r.At.Position).Long(r.Run.Run.Id).Flag(r.Run.Run.Private)
                .Text(r.Run.Requester).Flag(r.Run.Pinned).Texts(Columns.Word(r.Run.Status), r.Run.Cause is { } cause ? Columns.Word(cause) : null, r.Run.Report.Version, r.Run.Message,
                    Columns.Words(r.Run.Triggers)).Int(r.Duration).Text(r.Run.Worker).Time(r.EndedAt));

    public void Save(NpgsqlConnection connection, bool last)
    {
        // Take has written it all.
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        // The rows are all there is.
    }
}
