using JasperFx;
using JasperFx.Events;
using Marten;
using Npgsql;

namespace Debci.EventLog.Marten;

/// <summary>
/// The tables of the log, as Marten lays them out, in the schema <c>log</c>. Made by <c>debci migrate</c>, never at run time.
/// </summary>
public static class MartenLogSchema
{
    /// <summary>How Marten is set up: the layout that <see cref="MartenEventLog"/> writes and reads.</summary>
    public static StoreOptions Options(string connectionString)
    {
        var options = new StoreOptions { DatabaseSchemaName = "log", AutoCreateSchemaObjects = AutoCreate.CreateOrUpdate };
        options.Connection(connectionString);
        options.Events.DatabaseSchemaName = "log";
        options.Events.StreamIdentity = StreamIdentity.AsString;
        options.Events.AppendMode = EventAppendMode.QuickWithServerTimestamps;
        options.Events.EnableBigIntEvents = true;
        options.Events.MetadataConfig.HeadersEnabled = true;
        foreach (var (name, type) in StoredNames.Everything)
            options.Events.MapEventType(type, name);
        return options;
    }

    /// <summary>Creates what is missing.</summary>
    public static async Task Migrate(string connectionString, CancellationToken cancellation = default)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var store = new DocumentStore(Options(connectionString));
        await store.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
        await using var command = database.CreateCommand($"""
            {AppendFunction.Ddl}
            create table if not exists log.debci_log (only_row boolean primary key default true check (only_row), id text not null);
            alter table log.mt_streams set ({Autovacuum.Often}); -- a row changes with each append
            insert into log.debci_log (id) values (substr(md5(gen_random_uuid()::text), 1, 8)) on conflict do nothing
            """);
        await command.ExecuteNonQueryAsync(cancellation);
    }

    /// <summary>The log's own short random word, made when it was migrated first.</summary>
    /// <exception cref="InvalidOperationException">The log is still being copied here.</exception>
    public static async Task<string> LogId(NpgsqlDataSource database, CancellationToken cancellation = default) =>
        await WordOf(database, cancellation) is var word && !word.StartsWith(Copying, StringComparison.Ordinal) ? word
            : throw new InvalidOperationException("The database holds a log that is still being copied; run `debci copy-log` again, to its end.");

    /// <summary>What stands before the word of a log that is not whole yet.</summary>
    internal const string Copying = "copying:";

    internal static async Task<string> WordOf(NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var command = database.CreateCommand("select id from log.debci_log");
        return (string)(await command.ExecuteScalarAsync(cancellation))!;
    }

    /// <summary>Gives a log that is a view of another one that one's word, so that positions are shown alike.</summary>
    public static async Task NameAs(NpgsqlDataSource database, string id, CancellationToken cancellation = default)
    {
        await using var command = database.CreateCommand("update log.debci_log set id = $1");
        command.Parameters.Add(new NpgsqlParameter { Value = id });
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
