using System.Diagnostics;
using System.Text.Json;
using Debci.Playground;
using Debci.Playground.EventStore;
using Npgsql;

namespace Debci.EndToEnd.Tests;

/// <summary>A PostgreSQL that was restored, whole or in parts, by its own tools: what the log holds goes on, and what it does not hold is told.</summary>
[Collection("processes")]
public sealed class RestoreTests
{
    [OnPostgresFact("restores the log by PostgreSQL's own tools")]
    public async Task A_database_of_an_hour_ago_goes_on_from_there_and_cursors_of_the_lost_hour_are_refused()
    {
        await using var world = await World.Create();
        var worker = world.StartWorker("w1", """{"slow": {"sleepSeconds": 600}}""");
        var (kept, _) = await world.Requester.Request("first", "slow");
        await world.Reaches(kept[0], "FINISHED");
        await world.Reaches(kept[1], "RUNNING");
        await Tool(world, "pg_dump", "-Fc", "-f", world.File("whole.dump"));
        var (lost, position) = await world.Requester.Request("late", "later");
        World.Kill(worker);

        await world.StopServer();
        await Recreate(world);
        await Tool(world, "pg_restore", "--exit-on-error", world.File("whole.dump"));
        Assert.Equal(0, (await world.Debci("migrate", "--run-ids-above", $"{lost.Max()}")).ExitCode);
        await world.StartServer();

        Assert.Equal("FINISHED", (await world.Run(kept[0])).GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, (await world.Run(lost[0])).ValueKind);
        foreach (var query in new[] { $"{{ events(first: 1, after: \"{position}\") {{ nodes {{ type }} }} }}", $"{{ queue(first: 1, minPosition: \"{position}\") {{ nodes {{ run }} }} }}" })
            Assert.Contains("restored to an earlier time", $"{await world.Anybody.Ask(query)}", StringComparison.Ordinal);
        world.StartWorker("w2");
        await world.Reaches(kept[1], "FINISHED"); // its lease of then expired
        var (fresh, _) = await world.Requester.Request("late");
        Assert.True(fresh[0] > lost.Max());
        await world.Reaches(fresh[0], "FINISHED");
        await IsTheSame(world);
    }

    [OnPostgresFact("restores the log by PostgreSQL's own tools")]
    public async Task Of_the_log_alone_rows_run_ids_and_keys_of_requests_are_made_again()
    {
        await using var world = await World.Create();
        var worker = world.StartWorker("w1");
        var (kept, _) = await world.Requester.Request("first", "second");
        await world.Reaches(kept[1], "FINISHED");
        World.Kill(worker);
        var (waiting, _) = await world.Requester.Request("waits");
        await Tool(world, "pg_dump", "-Fc", "-n", "log", "-f", world.File("log.dump"));
        var accounts = world.File("accounts.dump");
        await Tool(world, "pg_dump", "-Fc", "-t", "work.accounts", "-t", "work.keys", "-f", accounts);

        await world.StopServer();
        await Recreate(world);
        await Tool(world, "pg_restore", "--exit-on-error", world.File("log.dump"));
        Assert.Equal(0, (await world.Debci("migrate")).ExitCode);
        await Tool(world, "pg_restore", "--data-only", accounts); // who may ask stands in no event
        await world.StartServer();

        Assert.Equal("FINISHED", (await world.Run(kept[0])).GetProperty("state").GetString());
        var (again, _) = await world.Requester.Request("waits");
        Assert.Equal(waiting, again); // joined, as before
        var (fresh, _) = await world.Requester.Request("fresh");
        Assert.True(fresh[0] > waiting[0]);
        world.StartWorker("w2");
        await world.Reaches(waiting[0], "FINISHED");
        await world.Reaches(fresh[0], "FINISHED");
        await IsTheSame(world);
    }

    [OnPostgresFact("restores the log by PostgreSQL's own tools")]
    public async Task Rows_of_a_later_time_than_the_log_are_refused_and_made_anew_and_leases_and_keys_of_lost_runs_harm_nobody()
    {
        await using var world = await World.Create();
        var (kept, _) = await world.Requester.Request("first");
        await Tool(world, "pg_dump", "-Fc", "-n", "log", "-f", world.File("log.dump"));
        var (lost, _) = await world.Requester.Request("late", "later", "latest");
        using (var worker = world.Worker())
        {
            Assert.NotNull(await worker.Claim(waitSeconds: 5)); // the first
            Assert.NotNull(await worker.Claim(waitSeconds: 5)); // and a lost one
        }
        await Eventually.True("the rows have it", async () => await Count(world, "select from read.queue where state = 'running'") == 2);

        await world.StopServer();
        await Execute(world, "drop schema log cascade");
        await Tool(world, "pg_restore", "--exit-on-error", world.File("log.dump"));
        var (code, words) = await world.Debci("serve");
        Assert.Equal(1, code);
        Assert.Contains("Run `debci migrate`", words, StringComparison.Ordinal);
        Assert.Equal(0, (await world.Debci("migrate")).ExitCode);
        await world.StartServer();

        Assert.Equal(JsonValueKind.Null, (await world.Run(lost[0])).ValueKind);
        world.StartWorker("w2");
        await world.Reaches(kept[0], "FINISHED");
        var (again, _) = await world.Requester.Request("late", "later"); // their keys are of runs that the log does not know
        Assert.True(again.Min() > lost.Max());
        foreach (var run in again)
            await world.Reaches(run, "FINISHED");
        await Eventually.True("no lease is left", async () => await Count(world, "select from work.leases") == 0);
        await IsTheSame(world);
    }

    private static async Task IsTheSame(World world)
    {
        var (code, words) = await world.Debci("rebuild", "--verify");
        Assert.True(code == 0, words);
    }

    private static string Name(World world) => new NpgsqlConnectionStringBuilder(world.Database.ConnectionString).Database!;

    private static async Task Recreate(World world)
    {
        var name = Name(world);
        NpgsqlConnection.ClearAllPools();
        await Tool(world, "dropdb", "--force");
        await Tool(world, "createdb");
        Assert.Equal(name, Name(world));
    }

    // PostgreSQL's programs, as ops/backup.md has them.
    private static async Task Tool(World world, string program, params string[] arguments)
    {
        var where = new NpgsqlConnectionStringBuilder(world.Database.ConnectionString);
        string[] database = program is "pg_restore" ? ["-d", where.Database!] : program is "pg_dump" ? [where.Database!] : [.. arguments, where.Database!];
        var start = new ProcessStartInfo(program, ["-h", "127.0.0.1", "-p", $"{where.Port}", "-U", "debci", .. program is "dropdb" or "createdb" ? [] : arguments, .. database])
        { RedirectStandardError = true };
        using var tool = Process.Start(start)!;
        var words = await tool.StandardError.ReadToEndAsync();
        await tool.WaitForExitAsync();
        Assert.True(tool.ExitCode == 0, $"{program}: {words}");
    }

    private static async Task Execute(World world, string sql)
    {
        await using var command = world.Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<long> Count(World world, string query)
    {
        await using var command = world.Database.CreateCommand($"select count(*) from ({query}) as rows");
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
