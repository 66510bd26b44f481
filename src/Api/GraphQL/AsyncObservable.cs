namespace Debci.Api.GraphQL;

/// <summary>A sequence that is read as long as somebody observes it, at the client's pace: what subscriptions of the GraphQL library take.</summary>
public sealed class AsyncObservable<T>(Func<CancellationToken, IAsyncEnumerable<T>> follow, Pace pace) : IObservable<T>
{
    /// <inheritdoc/>
    public IDisposable Subscribe(IObserver<T> observer)
    {
        var stop = new CancellationTokenSource();
        _ = Task.Run(() => Pump(observer, stop.Token), CancellationToken.None);
        return new Subscription(stop);
    }

    private async Task Pump(IObserver<T> observer, CancellationToken stop)
    {
        try
        {
            await foreach (var item in follow(stop))
            {
                await pace.Wait(stop);
                observer.OnNext(item);
            }
            observer.OnCompleted();
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // nobody observes any more
        }
#pragma warning disable CA1031 // whatever it is, the observer is who must know
        catch (Exception failure)
        {
            observer.OnError(failure);
        }
#pragma warning restore CA1031
    }

    private sealed class Subscription(CancellationTokenSource stop) : IDisposable
    {
        public void Dispose() => stop.Cancel(); // the pump ends by it, and with it the source's last user
    }
}
