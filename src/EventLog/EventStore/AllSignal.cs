using Debci.EventLog.EventStore.Protocol;

namespace Debci.EventLog.EventStore;

/// <summary>
/// One subscription to the whole log for all who wait in this process: each event wakes them, at whatever node it was appended. It begins at the
/// end each time; since signals may be lost before it does, everybody is woken then.
/// </summary>
internal sealed class AllSignal(Cluster cluster) : IAsyncDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly WakeUps waiting = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private volatile TaskCompletionSource hearing = New();
    private Task? loop;

    /// <exception cref="LogAwayException">It was never heard yet, and cannot be: the cluster is away, or refuses.</exception>
    public async Task<IWakeUp> Subscribe(CancellationToken cancellation)
    {
        var wakeUp = waiting.Add();
        var heard = hearing.Task; // taken before the loop can fail
        lock (gate)
            loop ??= Task.Run(Hear, CancellationToken.None);
        try
        {
            await heard.WaitAsync(cancellation);
            return wakeUp;
        }
        catch
        {
            await wakeUp.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        if (loop is not null)
            await loop;
        stop.Dispose();
    }

    private async Task Hear()
    {
        var request = Wire.Read(new() { All = new() { End = new() }, Subscription = new(), Filter = Wire.Filter() });
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await cluster.Follow(request, Heard, stop.Token);
            }
            catch (Exception failure) when (failure is IOException or OperationCanceledException)
            {
                // Those who wait have a timer beside it; they find out about the cluster by themselves. Who wants to begin is told.
                if (failure is LogAwayException && !hearing.Task.IsCompleted)
                    Interlocked.Exchange(ref hearing, New()).TrySetException(failure);
                await Task.Delay(Pause, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private void Heard(ReadResp response)
    {
        switch (response.ContentCase)
        {
            case ReadResp.ContentOneofCase.Confirmation:
                hearing.TrySetResult();
                waiting.WakeAll();
                break;
            case ReadResp.ContentOneofCase.Event:
                waiting.WakeAll();
                break;
            default: // checkpoints: nothing for us was between; where pages go on is kept with the rows
                break;
        }
    }
}
