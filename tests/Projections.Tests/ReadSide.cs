using Debci.Api.Cli;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Projections.Tests;

/// <summary>A log and its read models, on a database of their own.</summary>
internal sealed class ReadSide : IAsyncDisposable
{
    private ReadSide(NpgsqlDataSource database) => (Database, Log) = (database, new MartenEventLog(database));

    public NpgsqlDataSource Database { get; }
    public MartenEventLog Log { get; }
    public IReadOnlyList<IReadModel> Models { get; } = ReadModels.All();

    public static async Task<ReadSide> Create(PostgresCluster? cluster = null) =>
        new(NpgsqlDataSource.Create(await (cluster ?? await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c))));

    public Projector Projector(int pageSize = 2000) => new(Log, Database, Models, NullLogger<Projector>.Instance) { PageSize = pageSize };

    public Rebuild Rebuild(int page = 5_000, int chunk = 25_000) => new(Log, Database, Models) { PageSize = page, ChunkSize = chunk };

    /// <summary>Appends a history as it happened, event by event or in larger pieces; <paramref name="after"/> each.</summary>
    public async Task Append(IEnumerable<(string Stream, object Happened)> history, Func<Task>? after = null, Dictionary<string, long>? known = null)
    {
        var revisions = known ?? [];
        foreach (var (stream, happened) in history)
        {
            var command = new CommandInfo(Guid.NewGuid(), "test", "debci", Guid.NewGuid());
            revisions[stream] = (await Log.Append(stream, revisions.GetValueOrDefault(stream), command.Events([happened]))).Revision;
            if (after is not null)
                await after();
        }
    }

    /// <summary>All rows of all read models, as text.</summary>
    public async Task<string> Rows()
    {
        var text = new System.Text.StringBuilder();
        foreach (var view in Models.SelectMany(m => m.Views))
        {
            await using var command = Database.CreateCommand($"select '{view} ' || t::text from read.{view} t order by 1");
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                text.AppendLine(rows.GetString(0));
        }
        return text.ToString();
    }

    /// <summary>All rows of all tables, also of those that only folds look at, and how the tables are made.</summary>
    public async Task<string> Everything()
    {
        var text = new System.Text.StringBuilder(await Rows());
        foreach (var schema in Models.Select(m => m.Schema()))
        {
            foreach (var table in await List($"select tablename from pg_tables where schemaname = '{schema}' order by 1"))
                foreach (var row in await List($"select '{table} ' || t::text from {schema}.{table} t order by 1"))
                    text.AppendLine(row);
            foreach (var index in await List($"select indexdef from pg_indexes where schemaname = '{schema}' order by 1"))
                text.AppendLine(index);
        }
        return text.ToString();
    }

    private async Task<List<string>> List(string query)
    {
        var list = new List<string>();
        await using var command = Database.CreateCommand(query);
        await using var rows = await command.ExecuteReaderAsync();
        while (await rows.ReadAsync())
            list.Add(rows.GetString(0));
        return list;
    }

    /// <summary>Back to before the first event.</summary>
    public async Task Reset()
    {
        await Execute($"""
            do $$ begin execute (select 'truncate ' || string_agg(format('%I.%I', schemaname, tablename), ', ') from pg_tables where schemaname like 'read\_%'); end $$;
             update read.checkpoints set position = 0, stopped_at = null, error = null
            """);
    }

    /// <summary>How many rows a query gives.</summary>
    public async Task<long> Count(string query)
    {
        await using var command = Database.CreateCommand($"select count(*) from ({query}) as rows");
        return (long)(await command.ExecuteScalarAsync())!;
    }

    public async Task Execute(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        await Database.DisposeAsync();
    }
}
