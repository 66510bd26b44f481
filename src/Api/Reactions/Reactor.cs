using Dapper;
using Debci.Api.Hosting;
using Debci.EventLog;
using Debci.Projections;
using Npgsql;

namespace Debci.Api.Reactions;

/// <summary>What the system does because something happened: it reads events and gives commands.</summary>
public interface IReaction
{
    /// <summary>
    /// Reacts to events, in order; the rows have passed them. It may be asked again for events that it has seen (a crash), so what it
    /// commands must do nothing the second time.
    /// </summary>
    Task React(IReadOnlyList<RecordedEvent> page, CancellationToken cancellation);
}

/// <summary>
/// Leads the reactions through the log, on one node at a time: reads a page, waits for the rows, has each react, and keeps the position.
/// A crash between the last two has the page reacted to again.
/// </summary>
public sealed class Reactor(
    IEventLog log, NpgsqlDataSource database, ReadPosition position, IEnumerable<IReaction> reactions, TimeProvider clock, ILogger<Reactor> logger)
    : LeadingService(log, "reactions", clock, logger)
{
    /// <summary>The one row of <c>work.reactions</c>; put there by <c>debci migrate</c>, at the log's end.</summary>
    public const string Name = "dispatch";

    /// <summary>Has reactions begin at the end of the log that there is, since what was before they existed needs none. Again: changes nothing.</summary>
    public static async Task Begin(IEventLog log, NpgsqlDataSource database, CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("insert into work.reactions (name, position) values (@Name, @position) on conflict do nothing",
            new { Name, position = await log.Head(cancellation) }, cancellationToken: cancellation));
    }

    private const int PageSize = 500;
    private static readonly TimeSpan MissedSignal = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan RowsAtMost = TimeSpan.FromSeconds(30);

    /// <inheritdoc/>
    protected override async Task Lead(CancellationToken stop)
    {
        await using var wakeUp = await Log.Subscribe(stop);
        for (var at = await Load(stop); ;)
        {
            var page = await Log.ReadAll(at, PageSize, stop);
            if (page.Count == 0)
                await wakeUp.Wait(MissedSignal, stop);
            else if (await position.WaitFor(page[^1].Position, RowsAtMost, stop))
                at = await React(at, page, stop);
        }
    }

    private async Task<long> React(long at, IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        foreach (var reaction in reactions)
            await TryReact(reaction, page, cancellation);
        await using var connection = await database.OpenConnectionAsync(cancellation);
        await connection.ExecuteAsync(new CommandDefinition("update work.reactions set position = @next where name = @Name and position = @at",
            new { Name, at, next = page[^1].Position }, cancellationToken: cancellation));
        return page[^1].Position;
    }

    // A stream that cannot be read must not keep all others from what is due: then each event of the page is reacted to for itself.
    private async Task TryReact(IReaction reaction, IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        try
        {
            await reaction.React(page, cancellation);
        }
        catch (Exception damage) when (damage is System.Text.Json.JsonException or Domain.RefusedException)
        {
            if (page.Count == 1)
                logger.LogError("{Reaction} could not react to the event at position {Position}: {Reason}", reaction.GetType().Name, page[0].Position, damage.Message);
            else
                foreach (var e in page)
                    await TryReact(reaction, [e], cancellation);
        }
    }

    private async Task<long> Load(CancellationToken cancellation)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        return await connection.QuerySingleAsync<long>(new CommandDefinition("select position from work.reactions where name = @Name", new { Name }, cancellationToken: cancellation));
    }
}

/// <summary>Reading events for reactions.</summary>
internal static class Readable
{
    /// <summary>The event; null when this version does not know it, or when it is damaged: read models say so, and the others go on.</summary>
    public static object? TryDecode(this RecordedEvent e)
    {
        try
        {
            return e.Decode();
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }
}
