using System.CommandLine;
using Debci.Api.Amqp;
using Debci.Api.Dispatch;
using Debci.Api.Keys;
using Debci.Api.Reactions;
using Debci.EventLog.Marten;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci migrate</c></summary>
internal static class MigrateVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var command = new Command("migrate", "Makes the database's tables, as far as they are missing. Run it before the server, after each upgrade.") { config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            await Migration.Run(arguments.Load(config).Database, cancellation);
            Console.WriteLine("The database is up to date.");
            return 0;
        }));
        return command;
    }
}

/// <summary>Brings a database up to date.</summary>
public static class Migration
{
    /// <summary>Makes what is missing: the log, the server's own tables, the read models. Can be repeated.</summary>
    public static async Task Run(string connectionString, CancellationToken cancellation = default)
    {
        await MartenLogSchema.Migrate(connectionString, cancellation);
        await using var database = NpgsqlDataSource.Create(connectionString);
        await WorkSchema.Migrate(database, string.Join("; ", AccessKeys.Tables, Sessions.Tables, Texts.Tables, Deliveries.Tables, Import.ImportedIds.Tables, Retention.FileRemovals.Tables), cancellation);
        await ReadSchema.Migrate(database, ReadModels.All(), cancellation);
        await using var log = new MartenEventLog(database);
        await Reactor.Begin(log, database, cancellation);
    }
}
