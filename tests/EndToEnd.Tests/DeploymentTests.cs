using Debci.Playground;
using Debci.Projections;
using Npgsql;

namespace Debci.EndToEnd.Tests;

/// <summary>A new version of debci with a new version of a read model, on a database that the version before still serves.</summary>
[Collection("processes")]
public sealed class DeploymentTests
{
    [Fact]
    public async Task A_new_version_is_filled_by_migrate_and_serves_whole_rows_from_its_first_answer_on()
    {
        await using var world = await World.Create();
        world.StartWorker("w1");
        var (runs, _) = await world.Requester.Request("first", "second", "third");
        foreach (var run in runs)
            await world.Reaches(run, "FINISHED");
        await world.StopServer();
        await Execute(world, $"alter schema {new HistoryModel().Schema()} rename to read_history_v0; update read.checkpoints set version = 0 where name = 'history'"); // as the version before has it
        await using var before = await world.Database.OpenConnectionAsync(); // a server of the version before, as the others see it: it leads
        await using (var lead = new NpgsqlCommand("select pg_advisory_lock(hashtext('debci leader'), hashtext('projector'))", before))
            await lead.ExecuteNonQueryAsync();

        Assert.Equal(0, (await world.Debci("migrate")).ExitCode);
        await Execute(world, "update read_history_v0.history set worker = 'before'");
        world.BeginServer();
        await Eventually.True("the new server waits", async () => await Count(world, "select from pg_stat_activity where application_name = 'debci'") > 0);
        Assert.False(await world.Answers());
        Assert.Equal(3, await Count(world, "select from read.history where worker = 'before'")); // readers of the version before

        await using (var end = new NpgsqlCommand("select pg_advisory_unlock_all()", before))
            await end.ExecuteNonQueryAsync();
        await Eventually.True("the new server answers", world.Answers);
        var history = await world.Anybody.Data("{ history(package: \"second\", first: 5) { nodes { run worker } } }");
        Assert.Contains("w1", $"{history}", StringComparison.Ordinal);
        Assert.Equal(0, (await world.Debci("rebuild", "--verify")).ExitCode);
        Assert.Contains("Dropped read_history_v0.", (await world.Debci("migrate", "--drop-old")).Words, StringComparison.Ordinal);
        Assert.Equal("The database is up to date.\n", (await world.Debci("migrate", "--drop-old")).Words);
    }

    [Fact]
    public async Task A_rebuild_beside_a_running_server_can_be_killed_and_started_again()
    {
        await using var world = await World.Create();
        world.StartWorker("w1");
        var (runs, _) = await world.Requester.Request([.. Enumerable.Range(0, 30).Select(i => $"package{i}")]);
        var doomed = world.BeginDebci("rebuild");
        World.Kill(doomed);

        var (code, words) = await world.Debci("rebuild");
        Assert.True(code == 0, words);
        foreach (var run in runs)
            await world.Reaches(run, "FINISHED");
        Assert.Equal(0, (await world.Debci("rebuild", "--verify")).ExitCode);
        Assert.Equal(1, (await world.Debci("rebuild", "weather")).ExitCode);
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
