using Debci.Api.Audit;
using Debci.Api.Cli;
using Debci.Domain;
using Debci.EventLog;
using Debci.EventLog.Marten;
using Debci.Playground;
using Debci.Projections;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace Debci.Api.Tests.Audit;

/// <summary>A log with its read models, a folder of heads and a key; and somebody who can write into PostgreSQL.</summary>
internal sealed class AuditedLog : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("debci-audit-").FullName;
    private int runs;

    private AuditedLog(string connection)
    {
        (Connection, Database) = (connection, NpgsqlDataSource.Create(connection));
        Log = new MartenEventLog(Database);
        Key = SigningKey.Create(Path.Combine(folder, "key"));
    }

    public string Connection { get; }
    public NpgsqlDataSource Database { get; }
    public MartenEventLog Log { get; }
    public SigningKey Key { get; }
    public string Folder => Path.Combine(folder, "heads");
    public string KeyFile => Path.Combine(folder, "key");
    public IEnumerable<AuditHead> Heads => AuditHead.LoadAll([Folder]);

    public static async Task<AuditedLog> With(int events)
    {
        var audited = new AuditedLog(await (await PostgresCluster.Shared).NewDatabase("debci", c => Migration.Run(c)));
        await audited.Append(events);
        return audited;
    }

    /// <summary>Appends so many events and has the rows follow. The first one ever is at position 1.</summary>
    public async Task Append(int events)
    {
        for (var i = 0; i < events; i++)
            await Log.Append($"run-{++runs}", 0, new CommandInfo(Guid.NewGuid(), "lose", "debci", Guid.NewGuid()).Events([new RunEvent.Lost(new RunKey(runs, "hello", "sid", "amd64", false), 1, "w1")]));
        await CatchUp();
    }

    public Task CatchUp(int pageSize = 2000) =>
        new Projector(Log, Database, ReadModels.All(), NullLogger<Projector>.Instance) { PageSize = pageSize }.CatchUp();

    /// <summary>Makes the leaves again from the events as they are now.</summary>
    public async Task Rebuild()
    {
        await Execute($"truncate {new ProofModel().Schema()}.proof_leaves; update read.checkpoints set position = 0 where name = 'proof'");
        await CatchUp();
    }

    public Task<(AuditHead Head, string File, bool IsNew)> Head(SigningKey? by = null, params string[] trusted) =>
        AuditWork.MakeHead(Database, Folder, by ?? Key, trusted, DateTimeOffset.UnixEpoch.AddYears(56));

    /// <summary>Another key than the one that signs here.</summary>
    public SigningKey AnotherKey() => SigningKey.Create(Path.Combine(folder, $"other-{Guid.NewGuid()}"));

    /// <summary>What a check says, a sentence a line, and whether all is well.</summary>
    public async Task<(string Said, bool Well)> Verify(params AuditHead[] heads)
    {
        var (lines, well) = VerifyWords.Of(await AuditWork.Verify(Database, heads), Key.Public);
        return (string.Join('\n', lines), well);
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
        Directory.Delete(folder, recursive: true);
    }
}
