using Npgsql;

namespace Debci.EventLog;

/// <summary>
/// A NOTIFY channel, heard on one connection for all who wait in this process. The connection is made again when it breaks;
/// since signals may be lost meanwhile, everybody is woken then. A standby sends no signals: there everybody is woken often, to look.
/// </summary>
public sealed class PostgresSignal : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Often = TimeSpan.FromMilliseconds(50);

    private readonly NpgsqlDataSource database;
    private readonly string channel;
    private readonly WakeUps waiting = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Lazy<Task> loop;
    private readonly TaskCompletionSource listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Hears the channel from the first subscription on.</summary>
    public PostgresSignal(NpgsqlDataSource database, string channel)
    {
        this.database = database;
        this.channel = channel;
        loop = new Lazy<Task>(() => Task.Run(Listen));
    }

    /// <summary>A wake-up that hears every signal sent from now on.</summary>
    public async Task<IWakeUp> Subscribe(CancellationToken cancellation)
    {
        var wakeUp = waiting.Add();
        _ = loop.Value;
        await listening.Task.WaitAsync(cancellation);
        return wakeUp;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (loop.IsValueCreated)
            await loop.Value;
        stop.Dispose();
    }

    private async Task Listen()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await using var connection = await database.OpenConnectionAsync(stop.Token);
                await WakeOftenOnStandby(connection);
                await using (var listen = new NpgsqlCommand($"listen {channel}", connection))
                    await listen.ExecuteNonQueryAsync(stop.Token);
                listening.TrySetResult();
                while (true)
                {
                    waiting.WakeAll();
                    await connection.WaitAsync(stop.Token);
                }
            }
            catch (OperationCanceledException)
            {
                // the end
            }
            catch (Exception failure) when (failure is NpgsqlException or IOException or TimeoutException or InvalidOperationException)
            {
                // Those who wait have a timer beside it; they find out about the database by themselves.
                await Task.Delay(Pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    // Until it is promoted; this connection lives through that.
    private async Task WakeOftenOnStandby(NpgsqlConnection connection)
    {
        await using var ask = new NpgsqlCommand("select pg_is_in_recovery()", connection);
        while (await ask.ExecuteScalarAsync(stop.Token) is true)
        {
            listening.TrySetResult();
            waiting.WakeAll();
            await Task.Delay(Often, stop.Token);
        }
    }
}
