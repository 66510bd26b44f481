namespace Debci.Api.Files;

/// <summary>
/// How long a store is waited for: each call and each read of a body has a limit of its own, so that a store that takes connections and says nothing is
/// away within seconds, whatever the size of the file; where something is sent, within as long as that may take.
/// </summary>
/// <param name="away">Makes the exception that says that the store is away.</param>
/// <param name="clock">Measures.</param>
internal sealed class StorePatience(Func<string, Exception?, FileStoreAwayException> away, TimeProvider clock)
{
    /// <summary>For an answer that needs no work.</summary>
    public static readonly TimeSpan ForAnswer = TimeSpan.FromSeconds(20);
    private const int SlowestBytesPerSecond = 200_000;
    private const int SlowestCopied = 5_000_000;

    /// <summary>For a call with a body.</summary>
    public static TimeSpan ForBody(long bytes) => ForAnswer + TimeSpan.FromSeconds(bytes / SlowestBytesPerSecond);

    /// <summary>For a call that has the store copy so much from one address to another.</summary>
    public static TimeSpan ForCopy(long bytes) => ForAnswer + TimeSpan.FromSeconds(bytes / SlowestCopied);

    /// <summary>Does something that ends within a time.</summary>
    /// <exception cref="FileStoreAwayException">It does not.</exception>
    public async Task<T> Limit<T>(Func<CancellationToken, Task<T>> act, TimeSpan within, CancellationToken stop)
    {
        using var late = new CancellationTokenSource(within, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, late.Token);
        try
        {
            return await act(either.Token);
        }
        catch (Exception cut) when (late.IsCancellationRequested && !stop.IsCancellationRequested) // in whatever words a client says so
        {
            throw away($"it gave no answer within {within.TotalSeconds:0} s", cut);
        }
        catch (OperationCanceledException own) when (!stop.IsCancellationRequested)
        {
            throw away("it gave no answer in time", own); // by a limit of its client's
        }
    }

    /// <summary>Reads some of a body.</summary>
    /// <exception cref="FileStoreAwayException">Nothing comes, or no more.</exception>
    public Task<int> Read(Stream body, Memory<byte> buffer, CancellationToken stop) => Limit(async limited =>
    {
        try
        {
            return await body.ReadAsync(buffer, limited) is > 0 and var read ? read : throw away("it ended a file before its end", null);
        }
        catch (Exception cut) when (cut is not (OperationCanceledException or FileStoreAwayException or ObjectDisposedException)) // each client has its own
        {
            throw away(cut.Message.TrimEnd('.'), cut);
        }
    }, ForAnswer, stop);
}
