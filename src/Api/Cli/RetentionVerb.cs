using System.CommandLine;
using Debci.Api.Files;
using Debci.Api.Hosting;
using Debci.Api.Retention;
using Debci.Api.Runs;
using Npgsql;

namespace Debci.Api.Cli;

/// <summary><c>debci retention</c></summary>
internal static class RetentionVerb
{
    public static Command Create()
    {
        var config = ConfigOption.Create();
        var dry = new Option<bool>("--dry-run") { Description = "Only say what would go." };
        var command = new Command("retention", "Gives up logs and artifacts that [retention] keeps no longer. The server does so by itself, once a day.") { dry, config };
        command.SetAction((arguments, cancellation) => Verbs.Run(async () =>
        {
            var configuration = arguments.Load(config);
            await using var database = NpgsqlDataSource.Create(configuration.Database);
            var expiring = new ExpiringRuns(database);
            if (configuration.Retention.KeepsAll)
                Console.WriteLine("Everything is kept: [retention] has no limit.");
            else if (arguments.GetValue(dry))
                await Show(expiring, configuration.Retention, cancellation);
            else
            {
                await using var log = ServerHost.OpenLog(configuration, database);
                var store = FileStores.Open(configuration);
                var logs = new LogStore(FileStores.LogsOf(configuration, database, store), _ => 0, new LogGates(), TimeProvider.System);
                var round = new RetentionRound(log, database, new RunCommands(log), store, logs, expiring, new FileRemovals(database));
                var (runs, bytes, refused) = await Told(round.Run(configuration.Retention, cancellation), cancellation);
                foreach (var why in refused)
                    await Console.Error.WriteLineAsync($"Files stay: {why}");
                Console.WriteLine($"Logs and artifacts of {runs:#,0} runs have expired, {bytes:#,0} bytes by their events.");
            }
            return 0;
        }));
        return command;
    }

    private static async Task<T> Told<T>(Task<T> round, CancellationToken cancellation)
    {
        if (await Task.WhenAny(round, Task.Delay(TimeSpan.FromSeconds(5), cancellation)) != round)
            await Console.Error.WriteLineAsync("Under way; where the server is on a round just now, this one begins behind it.");
        return await round;
    }

    private static async Task Show(ExpiringRuns expiring, RetentionPolicy policy, CancellationToken cancellation)
    {
        var (count, bytes) = (0, 0L);
        await foreach (var some in expiring.Find(policy, cancellation))
        {
            foreach (var r in some)
                Console.WriteLine($"{r.Run.Id}\t{r.Run.Package}\t{r.Run.Suite}/{r.Run.Arch}\t{r.EndedAt:yyyy-MM-dd}\t{r.Bytes}\t{r.Rule.ToString().ToLowerInvariant()}");
            (count, bytes) = (count + some.Count, bytes + some.Sum(r => r.Bytes));
        }
        Console.WriteLine($"Logs and artifacts of {count:#,0} runs would expire, {bytes:#,0} bytes by their events.");
    }
}
