using Npgsql;

namespace Debci.Projections;

/// <summary>The tables of the read side. Made by <c>debci migrate</c>, never at run time.</summary>
public static class ReadSchema
{
    private const string Checkpoints = """
        create schema if not exists read;
        create table if not exists read.checkpoints (
            name text not null,
            version int not null,
            position bigint not null,
            stopped_at bigint,   -- the damaged event that this read model waits before
            error text,
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

    /// <summary>The SQLSTATE of a checkpoint that another projector moved.</summary>
    internal const string CheckpointMoved = "DC001";

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
        foreach (var view in model.Views)
            await Execute(connection, $"drop view if exists read.{view}; create view read.{view} as select * from {schema}.{view}", cancellation);
        await using var start = new NpgsqlCommand(
            "insert into read.checkpoints (name, version, position) values ($1, $2, 0) on conflict do nothing", connection);
        start.Parameters.Add(new NpgsqlParameter { Value = model.Name });
        start.Parameters.Add(new NpgsqlParameter { Value = model.Version });
        await start.ExecuteNonQueryAsync(cancellation);
    }

    private static async Task Execute(NpgsqlConnection connection, string sql, CancellationToken cancellation)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
