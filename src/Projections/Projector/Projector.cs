using Debci.EventLog;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Debci.Projections;

/// <summary>
/// Moves all read models along the log, a page of events at a time: the rows of a page, of every model that stands at the same
/// position, and their checkpoints are one transaction, and one round trip.
/// </summary>
/// <remarks>
/// One node leads; the others wait for its place. Leadership is only a matter of economy: a checkpoint moves from the position that
/// was read and from no other, so a second projector that believes itself leader fails instead of writing twice.
/// </remarks>
public sealed class Projector(IEventLog log, NpgsqlDataSource database, IReadOnlyList<IReadModel> models, ILogger<Projector> logger)
{
    /// <summary>The channel that is notified when rows have moved.</summary>
    public const string Channel = "debci_read";

    /// <summary>What the node whose projector works leads.</summary>
    internal const string Role = "projector";

    // An event's commit wakes us; the timer is for a signal lost with its connection.
    private static readonly TimeSpan MissedSignal = TimeSpan.FromSeconds(1);

    /// <summary>Events folded in one transaction, at most.</summary>
    public int PageSize { get; init; } = 2000;

    /// <summary>Why this node's projector does not get on just now; null while it does, and while another node's leads.</summary>
    public string? Trouble { get; private set; }

    /// <summary>Leads, or waits to lead, until cancelled. A lost database is an interruption, not an end.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                await using var leadership = await log.Lead(Role, cancellation);
                using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, leadership.Lost);
                await Follow(both.Token);
            }
            catch (OperationCanceledException)
            {
                // Asked to stop, or no longer the leader; the loop's condition tells which.
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
            {
                Trouble = failure.Message;
                logger.LogWarning("The projector was interrupted and goes on in a second: {Reason}", failure.Message);
                await Task.Delay(MissedSignal, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Applies everything that the log holds now, without leading; for tools and tests that own the database.</summary>
    public async Task CatchUp(CancellationToken cancellation = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var checkpoints = await Checkpoints.Load(database, connection, models, cancellation);
        while (await Step(checkpoints, cancellation)) { }
    }

    private async Task Follow(CancellationToken cancellation)
    {
        await using var wakeUp = await log.Subscribe(cancellation); // before the first look, so that nothing falls between
        await using var connection = await database.OpenConnectionAsync(cancellation);
        var checkpoints = await Checkpoints.Load(database, connection, models, cancellation);
        while (true)
        {
            var moved = await Step(checkpoints, cancellation);
            Trouble = null;
            if (moved)
                continue;
            await wakeUp.Wait(MissedSignal, cancellation);
            if (checkpoints.AnyStopped)
                checkpoints = await Checkpoints.Load(database, connection, models, cancellation); // perhaps an operator has resumed it
        }
    }

    // One page for each group of models that stand at one position; false when none had anything to read.
    private async Task<bool> Step(Checkpoints checkpoints, CancellationToken cancellation)
    {
        var moved = false;
        foreach (var group in checkpoints.GroupsToMove())
        {
            var page = await log.ReadAll(group.Position, PageSize, cancellation);
            if (page.Count == 0)
            {
                await checkpoints.Show(group, cancellation);
                continue;
            }
            moved = true;
            if (!await TryApply(checkpoints, group, page, cancellation))
                await ApplyApart(checkpoints, group, page, cancellation);
        }
        return moved;
    }

    private static async Task<bool> TryApply(Checkpoints checkpoints, Checkpoints.Group group, IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        try
        {
            await checkpoints.Save(group, page, cancellation);
            return true;
        }
        catch (Exception failure) when (IsDamage(failure))
        {
            return false;
        }
    }

    // Something in the page cannot be applied by somebody: each model goes alone, and the one that it hits stops before that event.
    private async Task ApplyApart(Checkpoints checkpoints, Checkpoints.Group group, IReadOnlyList<RecordedEvent> page, CancellationToken cancellation)
    {
        foreach (var alone in group.Apart())
        {
            if (await TryApply(checkpoints, alone, page, cancellation))
                continue;
            var here = alone;
            foreach (var happened in page)
            {
                try
                {
                    await checkpoints.Save(here, [happened], cancellation);
                    here = here with { Position = happened.Position };
                }
                catch (Exception failure) when (IsDamage(failure))
                {
                    await checkpoints.Stop(here, happened.Position, failure.Message, cancellation);
                    logger.LogError(
                        "ALERT: the read model {Model} stopped before the event at position {Position} ({Name} in {Stream}), which it cannot read: {Reason}",
                        here.Models[0].Name, happened.Position, happened.Name, happened.Stream, failure.Message);
                    break;
                }
            }
        }
    }

    // An event that a fold cannot read, or whose rows PostgreSQL refuses for their content (22: data, 23: constraints). Anything else
    // (a connection, a lock, a second projector, a missing table) says nothing about the event, and is an interruption.
    private static bool IsDamage(Exception failure) =>
        failure is DamagedEventException or PostgresException { SqlState: ['2', '2' or '3', ..] };
}

/// <summary>A read model cannot fold an event; the reason is inside.</summary>
internal sealed class DamagedEventException(Exception inner) : Exception(inner.Message, inner);
