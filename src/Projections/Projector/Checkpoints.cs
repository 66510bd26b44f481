using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>How far each read model has come, kept with its rows.</summary>
internal sealed class Checkpoints
{
    private readonly NpgsqlDataSource database;
    private readonly NpgsqlConnection connection; // one for all pages: it keeps the plans
    private readonly Dictionary<IReadModel, long> positions = [];
    private readonly HashSet<IReadModel> hidden = [];

    private Checkpoints(NpgsqlDataSource database, NpgsqlConnection connection) => (this.database, this.connection) = (database, connection);

    /// <summary>Read models that stand at one position, and so can share a page.</summary>
    internal sealed record Group(long Position, IReadOnlyList<IReadModel> Models)
    {
        public IEnumerable<Group> Apart() => Models.Select(m => new Group(Position, [m]));
    }

    /// <summary>Whether a read model waits before a damaged event, or is not there at all.</summary>
    public bool AnyStopped { get; private set; }

    public static async Task<Checkpoints> Load(NpgsqlDataSource database, NpgsqlConnection connection, IReadOnlyList<IReadModel> models, CancellationToken cancellation)
    {
        var loaded = new Checkpoints(database, connection);
        await using var command = database.CreateCommand("select name, version, position, shown from read.checkpoints where stopped_at is null");
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (models.FirstOrDefault(m => m.Name == rows.GetString(0) && m.Version == rows.GetInt32(1)) is not { } model)
                continue; // of another version of this program
            loaded.positions[model] = rows.GetInt64(2);
            if (!rows.GetBoolean(3))
                loaded.hidden.Add(model);
        }
        loaded.AnyStopped = loaded.positions.Count < models.Count;
        return loaded;
    }

    public IReadOnlyList<Group> GroupsToMove() =>
        [.. positions.GroupBy(p => p.Value, p => p.Key).Select(g => new Group(g.Key, [.. g]))];

    /// <summary>Lets readers see the models of a group that has come to the log's end: a new version takes the place of the old one.</summary>
    public async Task Show(Group group, CancellationToken cancellation)
    {
        foreach (var model in group.Models.Where(hidden.Contains).ToList())
        {
            if (await ReadSchema.Show(database, model, cancellation))
                hidden.Remove(model);
        }
    }

    /// <summary>Applies a page to the models of a group: rows, checkpoints and signal in one transaction.</summary>
    public async Task Save(Group group, IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        var writes = group.Models.Select(m => Fold(m, page)).ToList(); // before the transaction: it may be refused
        await using var batch = connection.BeginBatch(); // no explicit transaction: a batch is one, in one round trip
        foreach (var model in group.Models)
            batch.BatchCommands.Add(Move(model, group.Position, page[^1].Position));
        foreach (var command in writes.SelectMany(w => w.Commands))
            batch.BatchCommands.Add(command);
        batch.BatchCommands.Add(new NpgsqlBatchCommand($"select pg_notify('{Projector.Channel}', '')"));
        await batch.PrepareAsync(cancellation);
        await batch.ExecuteNonQueryAsync(cancellation);
        foreach (var model in group.Models)
            positions[model] = page[^1].Position;
    }

    /// <summary>Puts a model aside before an event that it cannot read.</summary>
    public async Task Stop(Group alone, long stoppedAt, string error, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand(
            "update read.checkpoints set stopped_at = $3, error = $4 where name = $1 and version = $2");
        command.Parameters.Add(new NpgsqlParameter { Value = alone.Models[0].Name });
        command.Parameters.Add(new NpgsqlParameter { Value = alone.Models[0].Version });
        command.Parameters.Add(new NpgsqlParameter { Value = stoppedAt });
        command.Parameters.Add(new NpgsqlParameter { Value = error });
        await command.ExecuteNonQueryAsync(cancellation);
        positions.Remove(alone.Models[0]);
        AnyStopped = true;
    }

    private static Writes Fold(IReadModel model, IReadOnlyList<RecordedEvent> page)
    {
        var writes = new Writes(model.Schema());
        try
        {
            model.Apply(page, writes);
        }
        catch (Exception unreadable) // a fold does nothing but read events
        {
            throw new DamagedEventException(unreadable);
        }
        return writes;
    }

    // The fence: it raises an exception when the checkpoint is not where we read from, and that ends the whole batch.
    private static NpgsqlBatchCommand Move(IReadModel model, long from, long to)
    {
        var command = new NpgsqlBatchCommand("select read.move_checkpoint($1, $2, $3, $4)");
        command.Parameters.Add(new NpgsqlParameter { Value = model.Name });
        command.Parameters.Add(new NpgsqlParameter { Value = model.Version });
        command.Parameters.Add(new NpgsqlParameter { Value = from });
        command.Parameters.Add(new NpgsqlParameter { Value = to });
        return command;
    }
}
