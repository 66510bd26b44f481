using System.Text;
using Debci.Api.Amqp;
using Npgsql;

namespace Debci.Amqp.Tests;

/// <summary>What a world looks like when a test has waited for a run in vain.</summary>
internal sealed class BridgedWords(Bridged world, NpgsqlDataSource database)
{
    private const string Sessions = "select pid, state, wait_event, xact_start, left(query, 200) from pg_stat_activity where datname = current_database()";

    public static async Task<string> Of(Bridged world, long run)
    {
        await using var database = NpgsqlDataSource.Create(world.Server.Configuration.Database);
        return await new BridgedWords(world, database).Tell(run);
    }

    private async Task<string> Tell(long run) => $"""
        run {run}: {await world.Run(run)}
        its events: {string.Join(' ', await world.Events(run))}
        its leases: {await Rows($"select * from work.leases where run = {run}")}
        its place in the queue: {await Rows($"select * from read.queue where run = {run}")}
        messages for the fleet: {await world.Waiting(world.Fleet)}
        results: {await world.Waiting(world.Results)}
        dead letters: {await world.Waiting(world.DeadLetters)}, the first one's reason: {Reason(await world.TryNext(world.DeadLetters))}
        health: {await world.Health()}
        sessions: {await Rows(Sessions)}
        """;

    private async Task<string> Rows(string sql)
    {
        await using var command = database.CreateCommand($"select coalesce(string_agg(t::text, '; '), 'none') from ({sql}) t");
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private static string Reason(Seen? letter) =>
        letter?.Properties.Headers?.TryGetValue(Consuming.Reason, out var why) is true && why is byte[] words ? Encoding.UTF8.GetString(words) : "none";
}
