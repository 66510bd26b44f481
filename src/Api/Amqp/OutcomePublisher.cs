using System.Text.Json;
using Dapper;
using Debci.Api.GraphQL;
using Debci.Api.Runs;
using Debci.Projections;
using Npgsql;
using RabbitMQ.Client;

namespace Debci.Api.Amqp;

/// <summary>
/// Results out: what came of each public run is published to a durable exchange, in the order in which it was stored, from a cursor that is kept. One may come
/// twice; its message has the run's number as its id, and a run has one outcome.
/// </summary>
internal sealed class OutcomePublisher(RunFeed feed, ReadPosition position, Positions positions, NpgsqlDataSource database)
{
    /// <summary>The table, created by <c>debci migrate</c>.</summary>
    public const string Tables = "create table if not exists work.amqp_outcomes (exchange text primary key, position bigint not null, within int not null)";

    /// <summary>The part of the bridge; none where no exchange is configured.</summary>
    public IEnumerable<BridgePart> Parts(AmqpSettings settings) => settings.Outcomes.Length == 0 ? []
        : [new BridgePart($"exchange {settings.Outcomes}", (links, ready, stop) => Publish(settings.Outcomes, links, ready, stop))];

    private async Task Publish(string exchange, Links links, Action ready, CancellationToken stop)
    {
        await using var open = await links.Gives.Open(confirms: true, atOnce: 1, stop);
        var channel = open.Channel;
        var behind = await Load(exchange, stop); // before: who sees the exchange misses nothing from then on
        await channel.ExchangeDeclareAsync(exchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: stop);
        ready();
        await OutgoingFeed.Follow(feed.Follow, behind, c => c.Run is { IsOver: true, IsImported: false, Key.Private: false }, async change =>
        {
            await Publish(exchange, channel, change, stop);
            await Keep(exchange, change.Cursor, stop);
            return true;
        }, cursor => Keep(exchange, cursor, stop), stop);
    }

    // Unroutable messages are dropped, as with any exchange: who wants them has a queue.
    private async Task Publish(string exchange, IChannel channel, RunChange change, CancellationToken stop)
    {
        var (run, cursor) = (change.Run, positions.Show(change.Cursor));
        var properties = new BasicProperties { Persistent = true, ContentType = "application/json", MessageId = $"{run.Key.Id}", Type = "debci.run.v1" };
        await channel.BasicPublishAsync(exchange, RoutingKey(run), mandatory: false, properties, Body(cursor, run), stop);
    }

    // A package's name may have dots, so it comes last: #.
    private static string RoutingKey(RunRow run)
    {
        var key = $"{run.Key.Suite}.{run.Key.Arch}.{(run.Status is { } status ? $"{status}" : $"{run.State}").ToLowerInvariant()}.{run.Key.Package}";
        return key.Length <= 255 ? key : key[..255]; // AMQP's short strings
    }

    private static byte[] Body(string cursor, RunRow run)
    {
        var into = new MemoryStream();
        using (var json = new Utf8JsonWriter(into))
        {
            json.WriteStartObject();
            RunJson.Write(json, cursor, run);
            json.WriteEndObject();
        }
        return into.ToArray();
    }

    // What was before the exchange was configured is not told.
    private async Task<FeedCursor> Load(string exchange, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        var (at, within) = await connection.QuerySingleAsync<(long, int)>(new CommandDefinition("""
            with begun as (insert into work.amqp_outcomes (exchange, position, within) values (@exchange, @now, 0) on conflict do nothing returning position, within)
            select position, within from begun union all select position, within from work.amqp_outcomes where exchange = @exchange limit 1
            """, new { exchange, now = position.Current }, cancellationToken: stop));
        return new FeedCursor(at, within);
    }

    private async Task Keep(string exchange, FeedCursor cursor, CancellationToken stop)
    {
        await using var connection = await database.OpenConnectionAsync(stop);
        await connection.ExecuteAsync(new CommandDefinition("update work.amqp_outcomes set position = @Position, within = @Within where exchange = @exchange and (position, within) <= (@Position, @Within)",
            new { exchange, cursor.Position, cursor.Within }, cancellationToken: stop));
    }
}
