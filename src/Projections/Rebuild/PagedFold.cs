using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>A read model folded as ever, by its own statements; nothing is kept in memory from page to page.</summary>
internal sealed class PagedFold(IReadModel model, string schema) : IBulkFold
{
    private List<RecordedEvent> page = [];

    public bool MustSave => true;

    public bool SavesForNothing => true;

    public void Add(RecordedEvent e) => page.Add(e);

    public Action<NpgsqlConnection> Take()
    {
        var events = page;
        page = [];
        return connection =>
        {
            var writes = new Writes(schema);
            model.Apply(events, writes); // here, where it is beside the folding of the next events
            Run(writes, connection);
        };
    }

    public void Save(NpgsqlConnection connection, bool last)
    {
        // Take has written it all.
    }

    public void Load(NpgsqlConnection connection, long position)
    {
        // The rows are all there is.
    }

    /// <summary>Sends statements, in order.</summary>
    public static void Run(Writes writes, NpgsqlConnection connection)
    {
        using var batch = new NpgsqlBatch(connection);
        foreach (var command in writes.Commands)
            batch.BatchCommands.Add(command);
        if (batch.BatchCommands.Count > 0)
            batch.ExecuteNonQuery();
    }
}
