using System.Data;
using System.Diagnostics;
using Npgsql;

namespace Debci.Projections;

/// <summary>What a shadow is made for. Each has its own tables: to compare forgets nothing of a rebuild that was begun.</summary>
internal enum ShadowUse
{
    /// <summary>To take the place of the live rows.</summary>
    New,

    /// <summary>To be compared with them, and dropped.</summary>
    Check,
}

/// <summary>
/// A read model that is built beside the live one, in a schema of its own. How far it has come is kept with its rows, so it can be stopped
/// at any moment and continued; whoever writes must have found it where it stands, so two can never write the same.
/// </summary>
internal sealed class Shadow
{
    private IReadOnlyList<string> indexes = []; // the statements that make those which are not there yet

    private readonly ShadowUse use;

    private Shadow(NpgsqlDataSource database, IReadModel model, ShadowUse use) => (Database, Model, this.use) = (database, model, use);

    public IReadModel Model { get; }
    public NpgsqlDataSource Database { get; }

    /// <summary>Its tables are here until the swap.</summary>
    public string Schema => SchemaOf(Model, use);

    /// <summary>What is whole: rows written, state saved.</summary>
    public long Position { get; private set; }

    /// <summary>Rows are written up to here; those behind <see cref="Position"/> are taken back when it is continued.</summary>
    public long Written { get; private set; }

    /// <summary>Whether the large part is done and the indexes are there: from then on it is moved as a live one is.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Whether it was begun before.</summary>
    public bool IsContinued { get; private set; }

    /// <summary>Finds a shadow that was begun, or begins one.</summary>
    public static Shadow Open(NpgsqlDataSource database, IReadModel model, ShadowUse use = ShadowUse.New)
    {
        var shadow = new Shadow(database, model, use);
        using var connection = database.OpenConnection();
        using var transaction = connection.BeginTransaction();
        connection.Run($"drop schema if exists {model.Schema()}_old cascade"); // of a swap whose rebuilder died behind it
        var found = connection.Ask("select position, written, complete, indexes from read.rebuilds where name = $1 and version = $2",
            r => (r.GetInt64(0), r.GetInt64(1), r.GetBoolean(2), r.GetFieldValue<string[]>(3)), shadow.Name, model.Version);
        if (found is [var (position, written, complete, indexes)])
            (shadow.Position, shadow.Written, shadow.IsComplete, shadow.indexes, shadow.IsContinued) = (position, written, complete, indexes, true);
        else
            shadow.Begin(connection);
        transaction.Commit();
        return shadow;
    }

    /// <summary>Forgets what was begun of a model; nothing when nothing was.</summary>
    public static void Drop(NpgsqlDataSource database, IReadModel model, ShadowUse use = ShadowUse.New)
    {
        using var connection = database.OpenConnection();
        using var transaction = connection.BeginTransaction();
        connection.Run($"drop schema if exists {SchemaOf(model, use)} cascade");
        connection.Run("delete from read.rebuilds where name = $1 and version = $2", NameOf(model, use), model.Version);
        transaction.Commit();
    }

    /// <summary>One transaction that moves it on: rows, and with them how far it is.</summary>
    /// <param name="to">The position behind it.</param>
    /// <param name="whole">Whether all is saved then, or rows only are written.</param>
    /// <param name="write">Writes.</param>
    public void Move(long to, bool whole, Action<NpgsqlConnection> write)
    {
        using var connection = Database.OpenConnection();
        using var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        if (connection.Run("update read.rebuilds set written = $4, position = case when $5 then $4 else position end where name = $1 and version = $2 and written = $3",
            Name, Model.Version, Written, to, whole) == 0)
            throw new InvalidOperationException($"Somebody else has moved the rebuild of {Model.Name}; start it again.");
        write(connection);
        transaction.Commit();
        (Written, Position) = (to, whole ? to : Position);
    }

    /// <summary>Begins to fold where it was left.</summary>
    public IBulkFold Continue()
    {
        var fold = Model is IFoldedInBulk bulk ? bulk.Bulk(Schema) : new PagedFold(Model, Schema);
        if (IsContinued)
            Move(Position, whole: true, connection => fold.Load(connection, Position));
        return fold;
    }

    /// <summary>Makes the indexes, each in a transaction of its own, and tells the planner what there is.</summary>
    public async Task Complete(Courtesy courtesy, CancellationToken cancellation)
    {
        foreach (var index in indexes.ToList())
        {
            var inCompany = await courtesy.InCompany(cancellation);
            var worked = Stopwatch.StartNew();
            Move(Position, whole: true, connection => Make(connection, index, inCompany));
            indexes = [.. indexes.Where(i => i != index)];
            await Task.Delay(await courtesy.RestAfter(worked.Elapsed, cancellation), cancellation);
        }
        Move(Position, whole: true, connection => connection.Run("update read.rebuilds set complete = true where name = $1 and version = $2", Name, Model.Version));
        IsComplete = true;
        using var other = Database.OpenConnection();
        foreach (var table in other.Ask("select format('%I.%I', schemaname, tablename) from pg_tables where schemaname = $1", r => r.GetString(0), Schema))
            other.Run($"analyze {table}");
    }

    private void Make(NpgsqlConnection connection, string index, bool inCompany)
    {
        connection.Run($"set local maintenance_work_mem = '256MB'; set local max_parallel_maintenance_workers = {(inCompany ? 0 : 1)}");
        connection.Run(index);
        connection.Run("update read.rebuilds set indexes = array_remove(indexes, $3) where name = $1 and version = $2", Name, Model.Version, index);
    }

    private string Name => NameOf(Model, use);

    private static string SchemaOf(IReadModel model, ShadowUse use) => $"{model.Schema()}_{(use == ShadowUse.New ? "new" : "check")}";

    // No read model has such a name.
    private static string NameOf(IReadModel model, ShadowUse use) => use == ShadowUse.New ? model.Name : $"{model.Name} check";

    private void Begin(NpgsqlConnection connection)
    {
        connection.Run($"drop schema if exists {Schema} cascade; create schema {Schema}; {Model.Ddl(Schema)}");
        indexes = Model is IFoldedInBulk bulk ? TakeIndexes(connection, bulk) : [];
        connection.Run("insert into read.rebuilds (name, version, position, written, indexes) values ($1, $2, 0, 0, $3)", Name, Model.Version, indexes.ToArray());
    }

    // Rows are written without what can be made at last: made at once, an index costs a third of what it costs row by row.
    private List<string> TakeIndexes(NpgsqlConnection connection, IFoldedInBulk bulk)
    {
        var all = connection.Ask("""
            select i.relname, pg_get_indexdef(i.oid), format('%I.%I', n.nspname, t.relname), c.conname, pg_get_constraintdef(c.oid), format('%I.%I', n.nspname, i.relname)
            from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace
                left join pg_constraint c on c.conindid = i.oid where n.nspname = $1 order by c.conname is null, i.relname
            """, r => (Name: r.GetString(0), Index: r.GetString(1), Table: r.GetString(2), Constraint: r.TextAt(3), Definition: r.TextAt(4), Whole: r.GetString(5)), Schema);
        var last = all.Where(i => bulk.IsMadeLast(i.Name)).ToList();
        foreach (var index in last)
            connection.Run(index.Constraint is null ? $"drop index {index.Whole}" : $"alter table {index.Table} drop constraint {index.Constraint}");
        return [.. last.Select(i => i.Constraint is null ? i.Index : $"alter table {i.Table} add constraint {i.Constraint} {i.Definition}")];
    }
}
