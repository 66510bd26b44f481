using System.Collections.Concurrent;
using Debci.Domain;
using Debci.EventLog.Marten;
using Debci.Playground;
using Marten;
using Npgsql;

namespace Debci.EventLog.Tests;

public sealed class MartenEngineTests
{
    [Fact]
    public async Task Migrating_twice_and_two_at_once_is_harmless()
    {
        var connection = await (await PostgresCluster.Shared).NewDatabase("empty", _ => Task.CompletedTask);
        await MartenLogSchema.Migrate(connection);
        await using var database = NpgsqlDataSource.Create(connection);
        var id = await MartenLogSchema.LogId(database);

        await MartenLogSchema.Migrate(connection);

        Assert.Equal(id, await MartenLogSchema.LogId(database));
        Assert.Equal(8, id.Length);
    }

    [Fact]
    public async Task What_we_write_a_program_on_Marten_can_read()
    {
        var connection = await Migrated();
        await using var database = NpgsqlDataSource.Create(connection);
        await using var log = new MartenEventLog(database);
        await log.Append("run-1", 0, Examples.Started(1));
        await log.Append("run-1", 1, Examples.Events(new RunEvent.Lost(Examples.Run(1), 1, "w1")));

        var options = MartenLogSchema.Options(connection);
        options.UseSystemTextJsonForSerialization(casing: Weasel.Core.Casing.CamelCase);
        await using var store = new DocumentStore(options);
        await using var session = store.QuerySession();
        var events = await session.Events.FetchStreamAsync("run-1");

        Assert.Equal([1, 2], events.Select(e => e.Version));
        Assert.Equal(new RunEvent.Started(Examples.Run(1), 1, "w1", "fake"), events[0].Data);
        Assert.Equal(2, (await session.Events.FetchStreamStateAsync("run-1"))!.Version);
    }

    [Fact]
    public async Task No_event_is_dated_before_the_one_that_it_follows_though_the_clock_is_set_back()
    {
        var connection = await Migrated();
        await using var database = NpgsqlDataSource.Create(connection);
        await using var log = new MartenEventLog(database);
        await log.Append("run-1", 0, Examples.Started(1));
        var ahead = DateTime.UtcNow.AddHours(1); // as before the clock was set
        await using (var command = database.CreateCommand("update log.mt_events set timestamp = $1"))
        {
            command.Parameters.Add(new NpgsqlParameter { Value = ahead });
            await command.ExecuteNonQueryAsync();
        }
        await log.Append("run-2", 0, Examples.Started(2));
        Assert.True((await log.ReadStream("run-2"))[0].RecordedAt.UtcDateTime >= ahead.AddMilliseconds(-1));
    }

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9_of_PostgreSQL_and_a_repetition_leaves_no_double()
    {
        using var cluster = await PostgresCluster.Start();
        var connection = await cluster.NewDatabase("log", c => MartenLogSchema.Migrate(c));
        await using var database = NpgsqlDataSource.Create(connection);
        await using var log = new MartenEventLog(database);
        var (acknowledged, enough) = (new ConcurrentDictionary<Guid, byte>(), new TaskCompletionSource());

        var writers = Enumerable.Range(0, 8).Select(w => Task.Run(() => WriteThrough(log, w, acknowledged, enough))).ToArray();
        await enough.Task; // in full flight
        cluster.Kill();
        await cluster.Restart();
        await Task.WhenAll(writers);

        var stored = await log.ReadAll(0, 100_000);
        Assert.Equal(8 * 200, stored.Count);
        Assert.Equal(stored.Count, stored.Select(e => e.Id).Distinct().Count());
        Assert.All(acknowledged.Keys, id => Assert.Contains(stored, e => e.Id == id));
    }

    [Fact]
    public async Task A_leader_whose_connection_is_ended_is_told_and_another_follows()
    {
        var connection = await Migrated();
        await using var database = NpgsqlDataSource.Create(connection + ";Application Name=leader");
        await using var log = new MartenEventLog(database);
        await using var first = await log.Lead("test");
        var lost = new TaskCompletionSource();
        first.Lost.Register(lost.SetResult);

        await using (var admin = NpgsqlDataSource.Create(connection))
        await using (var command = admin.CreateCommand("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'leader' and datname = current_database()"))
            await command.ExecuteNonQueryAsync();

        await lost.Task.WaitAsync(TimeSpan.FromSeconds(30));
        await using var second = await log.Lead("test").WaitAsync(TimeSpan.FromSeconds(30));
    }

    private static async Task WriteThrough(MartenEventLog log, int writer, ConcurrentDictionary<Guid, byte> acknowledged, TaskCompletionSource enough)
    {
        for (var i = 0; i < 200; i++)
        {
            var events = Examples.Started(writer, i + 1);
            await Eventually.True("an append goes through", async () =>
            {
                try
                {
                    await log.Append($"run-{writer}", i, events); // again with the same ids: it may have been stored at the kill
                    return true;
                }
                catch (Exception broken) when (broken is NpgsqlException or IOException)
                {
                    return false;
                }
            });
            acknowledged.TryAdd(events[0].Id, 0);
            if (acknowledged.Count > 300)
                enough.TrySetResult();
        }
    }

    private static async Task<string> Migrated() => await (await PostgresCluster.Shared).NewDatabase("log", c => MartenLogSchema.Migrate(c));
}
