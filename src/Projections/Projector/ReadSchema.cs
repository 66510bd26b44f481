using Debci.EventLog;
using Npgsql;

namespace Debci.Projections;

/// <summary>The tables of the read side. Made by <c>debci migrate</c>, never at run time.</summary>
public static class ReadSchema
{
    private const string Checkpoints = """
        create extension if not exists pg_trgm with schema public; -- of PostgreSQL itself, and trusted: the database's owner may
        create schema if not exists read;
        create table if not exists read.checkpoints (
            name text not null,
            version int not null,
            position bigint not null,
            stopped_at bigint,   -- the damaged event that this read model waits before
            error text,
            shown boolean not null default false, -- whether the views are of this version
            primary key (name, version));
        do $$ begin -- not "add column if not exists": that waits for every reader, though there is nothing to do
            if not exists (select from pg_attribute where attrelid = 'read.checkpoints'::regclass and attname = 'shown') then
                alter table read.checkpoints add column shown boolean not null default true; -- before it existed, all were
            end if;
        end $$;
        create table if not exists read.rebuilds ( -- read models that are built beside the live ones
            name text not null,
            version int not null,
            position bigint not null,               -- all is there up to here
            written bigint not null,                -- and rows up to here
            complete boolean not null default false, -- the indexes are made, and only what came meanwhile is missing
            indexes text[] not null,                -- the statements that make them
            primary key (name, version));
        create or replace function read.move_checkpoint(model text, model_version int, from_position bigint, to_position bigint)
            returns void language plpgsql as $$
            begin
                update read.checkpoints set position = to_position
                    where name = model and version = model_version and position = from_position and stopped_at is null;
                if not found then
                    raise exception 'the checkpoint of % is not at %: another projector moved it', model, from_position
                        using errcode = 'DC001';
                end if;
            end $$;
        """;

    /// <summary>How the definition of a large table ends whose rows change.</summary>
    internal const string Changing = $"with ({Autovacuum.Often})";

    /// <summary>The SQLSTATE of a checkpoint that another projector moved.</summary>
    internal const string CheckpointMoved = "DC001";

    /// <summary>Creates what knows how far read models are, and none of these.</summary>
    public static async Task Prepare(NpgsqlDataSource database, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await Execute(connection, "select pg_advisory_xact_lock(hashtext('debci migrate'))", cancellation);
        await Execute(connection, Checkpoints, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Creates what is missing. Tables that exist are left alone: a changed model has a new version, and so a new schema.</summary>
    public static async Task Migrate(NpgsqlDataSource database, IEnumerable<IReadModel> models, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        // Two nodes may migrate at once; the second waits, and then finds everything there.
        await Execute(connection, "select pg_advisory_xact_lock(hashtext('debci migrate'))", cancellation);
        await Execute(connection, Checkpoints, cancellation);
        foreach (var model in models)
            await Create(connection, model, cancellation);
        await transaction.CommitAsync(cancellation);
    }

    private static async Task Create(NpgsqlConnection connection, IReadModel model, CancellationToken cancellation)
    {
        var schema = model.Schema();
        await using var exists = new NpgsqlCommand("select exists (select from pg_namespace where nspname = $1)", connection);
        exists.Parameters.Add(new NpgsqlParameter { Value = schema });
        if (await exists.ExecuteScalarAsync(cancellation) is true)
            return;
        await Execute(connection, $"create schema {schema}; {model.Ddl(schema)}", cancellation);
        // The first version is shown at once. A later one is filled while readers still see its predecessor.
        await using var start = new NpgsqlCommand("""
            insert into read.checkpoints (name, version, position, shown)
            values ($1, $2, 0, not exists (select from read.checkpoints where name = $1)) returning shown
            """, connection);
        start.Parameters.Add(new NpgsqlParameter { Value = model.Name });
        start.Parameters.Add(new NpgsqlParameter { Value = model.Version });
        if (await start.ExecuteScalarAsync(cancellation) is true)
            await Execute(connection, Views(model), cancellation);
    }

    /// <summary>Turns the views to this version of a model, which has come to the log's end.</summary>
    /// <returns>False when readers are in the way: whoever waited for them would hold up all that come behind. Then it is tried again.</returns>
    internal static async Task<bool> Show(NpgsqlDataSource database, IReadModel model, CancellationToken cancellation)
    {
        try
        {
            await TryShow(database, model, cancellation);
            return true;
        }
        catch (PostgresException busy) when (busy.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
        {
            return false;
        }
    }

    private static async Task TryShow(NpgsqlDataSource database, IReadModel model, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await Execute(connection, $"set local lock_timeout = '100ms'; {Views(model)}", cancellation);
        await using var shown = new NpgsqlCommand("update read.checkpoints set shown = (version = $2) where name = $1", connection);
        shown.Parameters.Add(new NpgsqlParameter { Value = model.Name });
        shown.Parameters.Add(new NpgsqlParameter { Value = model.Version });
        await shown.ExecuteNonQueryAsync(cancellation);
        await transaction.CommitAsync(cancellation);
    }

    /// <summary>Drops the rows of versions that readers have turned away from; those of a version that is not shown yet have none before them.</summary>
    /// <returns>The schemas that are gone.</returns>
    public static async Task<IReadOnlyList<string>> DropOld(NpgsqlDataSource database, IReadOnlyList<IReadModel> models, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var old = connection.Ask("select c.name, c.version from read.checkpoints c where not c.shown and exists (select from read.checkpoints s where s.name = c.name and s.shown and s.version > c.version)",
            r => (Name: r.GetString(0), Version: r.GetInt32(1))).Where(c => models.Any(m => m.Name == c.Name && m.Version > c.Version)).ToList();
        foreach (var (name, version) in old)
        {
            await using var transaction = await connection.BeginTransactionAsync(cancellation);
            connection.Run($"drop schema if exists {ReadModelNames.Schema(name, version)} cascade");
            connection.Run("delete from read.checkpoints where name = $1 and version = $2", name, version);
            await transaction.CommitAsync(cancellation);
        }
        return [.. old.Select(o => ReadModelNames.Schema(o.Name, o.Version))];
    }

    /// <summary>The names of read models of this version that readers do not see yet, since they have not caught up; without those that have stopped.</summary>
    public static async Task<IReadOnlyList<string>> Hidden(NpgsqlDataSource database, IReadOnlyList<IReadModel> models, CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return [.. connection.Ask("select name, version from read.checkpoints where not shown and stopped_at is null", r => (Name: r.GetString(0), Version: r.GetInt32(1)))
            .Where(c => models.Any(m => m.Name == c.Name && m.Version == c.Version)).Select(c => c.Name)];
    }

    /// <summary>Lets a stopped read model try again; how many there were of this name.</summary>
    public static async Task<int> Resume(NpgsqlDataSource database, string name, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand(
            "update read.checkpoints set stopped_at = null, error = null where name = $1 and stopped_at is not null");
        command.Parameters.Add(new NpgsqlParameter { Value = name });
        return await command.ExecuteNonQueryAsync(cancellation);
    }

    private static string Views(IReadModel model) => string.Concat(model.Views.Select(
        view => $"drop view if exists read.{view}; create view read.{view} as select * from {model.Schema()}.{view};\n"));

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
