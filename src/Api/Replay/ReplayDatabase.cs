using Npgsql;

namespace Debci.Api.Replay;

/// <summary>
/// The private database of a replay: one of its own that is made in the same cluster, or one that was given. What a replay made in it
/// goes at the end, unless it is to be kept.
/// </summary>
public sealed class ReplayDatabase : IAsyncDisposable
{
    private const string OurSchemas = "select nspname from pg_namespace where nspname in ('log', 'work', 'read') or nspname like 'read\\_%'";

    private readonly string? maker;
    private readonly bool keep;

    private ReplayDatabase(string connection, string? maker, bool keep) => (Connection, this.maker, this.keep) = (connection, maker, keep);

    /// <summary>How to reach it.</summary>
    public string Connection { get; }

    /// <summary>Its name.</summary>
    public string Name => new NpgsqlConnectionStringBuilder(Connection).Database!;

    /// <summary>Makes one.</summary>
    /// <param name="source">The database whose cluster it is made in.</param>
    /// <param name="given">One that was given instead, in Npgsql's form.</param>
    /// <param name="keep">Whether it is left as it is at the end.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="InvalidOperationException">The one that was given is not empty, or none can be made.</exception>
    public static async Task<ReplayDatabase> Make(string source, string? given, bool keep, CancellationToken cancellation)
    {
        if (given is not null)
        {
            return (await Schemas(given, cancellation)).Count == 0 ? new ReplayDatabase(given, null, keep)
                : throw new InvalidOperationException("The database that you gave holds tables of debci's; a replay wants an empty one, which `createdb` makes.");
        }
        var name = $"debci_replay_{Guid.NewGuid():N}";
        try
        {
            await Execute(source, $"create database {name}", cancellation);
        }
        catch (PostgresException refused) when (refused.SqlState == "42501")
        {
            throw new InvalidOperationException($"A database of its own cannot be made here ({refused.MessageText}); have one made, and give it with --database.", refused);
        }
        return new ReplayDatabase(new NpgsqlConnectionStringBuilder(source) { Database = name }.ConnectionString, source, keep);
    }

    /// <summary>Copies a table, whole.</summary>
    public async Task Copy(string source, string table, CancellationToken cancellation)
    {
        await using var from = new NpgsqlConnection(source);
        await using var to = new NpgsqlConnection(Connection);
        await from.OpenAsync(cancellation);
        await to.OpenAsync(cancellation);
        await using var read = await from.BeginRawBinaryCopyAsync($"copy {table} to stdout (format binary)", cancellation);
        await using var write = await to.BeginRawBinaryCopyAsync($"copy {table} from stdin (format binary)", cancellation);
        await read.CopyToAsync(write, cancellation);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (keep)
            return;
        if (maker is not null)
            await Execute(maker, $"drop database {Name} with (force)", CancellationToken.None);
        else
            foreach (var schema in await Schemas(Connection, CancellationToken.None))
                await Execute(Connection, $"drop schema \"{schema}\" cascade", CancellationToken.None);
    }

    private static async Task<IReadOnlyList<string>> Schemas(string connection, CancellationToken cancellation)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(OurSchemas);
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        var found = new List<string>();
        while (await rows.ReadAsync(cancellation))
            found.Add(rows.GetString(0));
        return found;
    }

    private static async Task Execute(string connection, string sql, CancellationToken cancellation)
    {
        await using var database = NpgsqlDataSource.Create(connection);
        await using var command = database.CreateCommand(sql);
        command.CommandTimeout = 0; // a database is dropped behind a checkpoint, which takes as long as the disk does
        await command.ExecuteNonQueryAsync(cancellation);
    }
}
