using System.CommandLine;
using Debci.Api.Amqp;
using Debci.Api.Dispatch;
using Debci.Api.Recovery;
using Debci.Api.Keys;
using Debci.Api.Reactions;
using Debci.EventLog;
using Debci.EventLog.EventStore;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci migrate</c></summary>
internal static class MigrateVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var above = new Option<long?>("--run-ids-above") { Description = "New runs get numbers above this one: after a restore to an earlier time, the highest that anybody has seen." };
        var drop = new Option<bool>("--drop-old") { Description = "Also drops the rows of earlier versions of read models, once nobody goes back to these." };
        var hurry = new Option<bool>("--hurry") { Description = "Take what can be got, also beside a running server. Without it, filling read models beside one rests three times as long as it works." };
        var command = new Command("migrate", "Makes the database's tables, and fills read models of a new version, while the server before goes on. Run it before the new server, after each upgrade or restore.") { config, above, drop, hurry };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var (progress, hurries) = (new ProgressLine(), arguments.GetValue(hurry));
            if (!hurries)
                Files.Posix.GiveWay(); // to a server on the same machine
            await Migration.Run(arguments.Load(config).Database, progress.Show, cluster: arguments.Load(config).Log.Cluster, hurries: hurries, cancellation: cancellation);
            if (arguments.GetValue(above) is { } seen)
                await Migration.MoveRunIds(arguments.Load(config).Database, seen, cancellation);
            progress.End();
            foreach (var schema in arguments.GetValue(drop) ? await Migration.DropOld(arguments.Load(config).Database, cancellation) : [])
                Console.WriteLine($"Dropped {schema}.");
            Console.WriteLine("The database is up to date.");
            return 0;
        }));
        return command;
    }
}

/// <summary>Brings a database up to date.</summary>
public static class Migration
{
    /// <summary>Makes what is missing: the log, the server's own tables, the read models with their rows; and mends what a restore took apart. Can be repeated.</summary>
    /// <param name="connectionString">The database.</param>
    /// <param name="tell">Hears how far it is where rows are made from a long log.</param>
    /// <param name="of">The log that the rows are of; null for the database's own.</param>
    /// <param name="cluster">Where the log is; null for the database itself.</param>
    /// <param name="hurries">Whether it takes all it can get, also beside a server.</param>
    /// <param name="cancellation">Stops it; called again, it goes on.</param>
    public static async Task Run(
        string connectionString, Action<RebuildProgress>? tell = null, IEventLog? of = null, EventStoreSettings? cluster = null, bool hurries = false, CancellationToken cancellation = default)
    {
        await LogEngines.Migrate(connectionString, cluster, cancellation);
        await using var database = NpgsqlDataSource.Create(connectionString);
        await WorkSchema.Migrate(database, string.Join("; ", AccessKeys.Tables, Sessions.Tables, Texts.Tables, Deliveries.Tables, OutcomePublisher.Tables, Import.ImportedIds.Tables, Retention.FileRemovals.Tables, Webhooks.WebhookStore.Tables, Maintainers.MaintainerStore.Tables, Files.Buffer.BufferedLogs.Tables), cancellation);
        await ReadSchema.Prepare(database, cancellation);
        await using var own = LogEngines.Open(database, cluster);
        var log = of ?? own;
        var rebuild = new Rebuild(log, database, ReadModels.All(), tell) { Hurries = hurries };
        await rebuild.BuildMissing(cancellation);
        await ReadSchema.Migrate(database, ReadModels.All(), cancellation);
        await rebuild.BuildAhead(cancellation);
        await Reactor.Begin(log, database, cancellation);
        await AfterRestore.Mend(log, database, cancellation);
    }

    /// <summary>Drops the rows of versions of read models that readers have turned away from.</summary>
    /// <returns>The schemas that are gone.</returns>
    public static async Task<IReadOnlyList<string>> DropOld(string connectionString, CancellationToken cancellation = default)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        return await ReadSchema.DropOld(database, ReadModels.All(), cancellation);
    }

    /// <summary>Has new runs get numbers above one; changes nothing when they do.</summary>
    public static async Task MoveRunIds(string connectionString, long above, CancellationToken cancellation = default)
    {
        await using var database = NpgsqlDataSource.Create(connectionString);
        await AfterRestore.MoveRunIds(database, above, cancellation);
    }
}
