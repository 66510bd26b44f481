using Debci.EventLog;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Debci.Projections;

/// <summary>A read model that was put aside.</summary>
/// <param name="Model">Its name.</param>
/// <param name="Position">The event that it cannot read.</param>
/// <param name="Error">Why.</param>
public sealed record StoppedModel(string Model, long Position, string Error);

/// <summary>
/// How far the read models have come, as this node knows it: kept up to date by the projector's signals, whichever node it runs on.
/// What waits for rows (a query that wants to read its own writes, live readers, claims) waits here.
/// </summary>
public sealed class ReadPosition(NpgsqlDataSource database, IReadOnlyList<IReadModel> models, ILogger<ReadPosition> logger)
{
    private static readonly TimeSpan MissedSignal = TimeSpan.FromSeconds(1);
    private volatile TaskCompletionSource moved = New();
    private readonly TaskCompletionSource looked = New();
    private long current;

    /// <summary>The position that all read models have passed, but for those that stopped.</summary>
    public long Current => Interlocked.Read(ref current);

    /// <summary>Read models that are out of order.</summary>
    public IReadOnlyList<StoppedModel> Stopped { get; private set; } = [];

    /// <summary>Ends when this node has looked for the first time; <see cref="Current"/> means nothing before.</summary>
    public Task FirstLook => looked.Task;

    /// <summary>Ends at the next move. Take it before you look, then wait for it.</summary>
    public Task NextMove => moved.Task;

    /// <summary>Waits until the read models have passed a position; false when they have not within <paramref name="atMost"/>.</summary>
    public async Task<bool> WaitFor(long position, TimeSpan atMost, CancellationToken cancellation = default)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(atMost);
        try
        {
            while (true)
            {
                var next = NextMove;
                if (Current >= position)
                    return true;
                await next.WaitAsync(limit.Token);
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Follows the projector until cancelled, through interruptions of the database.</summary>
    public async Task Run(CancellationToken cancellation)
    {
        await using var signal = new PostgresSignal(database, Projector.Channel);
        try
        {
            await using var wakeUp = await signal.Subscribe(cancellation); // before the first look
            while (true)
            {
                await TryLook(cancellation);
                await wakeUp.Wait(MissedSignal, cancellation);
            }
        }
        catch (OperationCanceledException)
        {
            // asked to stop
        }
    }

    private async Task TryLook(CancellationToken cancellation)
    {
        try
        {
            await Look(cancellation);
        }
        catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
        {
            logger.LogWarning("Lost the database; looking again in a second: {Reason}", failure.Message);
        }
    }

    private async Task Look(CancellationToken cancellation)
    {
        var (position, stopped) = await LoadCheckpoints(cancellation);
        Stopped = stopped;
        if (position == Current && looked.Task.IsCompleted)
            return;
        Interlocked.Exchange(ref current, position);
        looked.TrySetResult();
        Interlocked.Exchange(ref moved, New()).TrySetResult();
    }

    private async Task<(long Position, IReadOnlyList<StoppedModel> Stopped)> LoadCheckpoints(CancellationToken cancellation)
    {
        var stopped = new List<StoppedModel>();
        var position = long.MaxValue;
        await using var command = database.CreateCommand("select name, version, position, stopped_at, error from read.checkpoints");
        await using var rows = await command.ExecuteReaderAsync(cancellation);
        while (await rows.ReadAsync(cancellation))
        {
            if (!models.Any(m => m.Name == rows.GetString(0) && m.Version == rows.GetInt32(1)))
                continue; // of another version of this program
            if (rows.IsDBNull(3))
                position = Math.Min(position, rows.GetInt64(2));
            else
                stopped.Add(new StoppedModel(rows.GetString(0), rows.GetInt64(3), rows.GetString(4)));
        }
        return (position == long.MaxValue ? 0 : position, stopped);
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
