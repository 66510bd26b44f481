using System.Net;
using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;

namespace Debci.EventLog.EventStore;

/// <summary>
/// Calls to whoever leads the cluster: finds it, follows it when it changes, and repeats what failed on the way. What is repeated is the very
/// same call, with the same event ids, so that an append whose reply was lost is recognised.
/// </summary>
internal sealed class Cluster : IDisposable
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    private readonly EventStoreSettings settings;
    private readonly Channels channels;
    private readonly Discovery discovery;
    private readonly Turns turns = new(); // one looks for the leader, the others take what it found
    private readonly TimeSpan patience;
    private volatile DnsEndPoint? leader;
    private volatile bool met;

    /// <param name="settings">How it is reached.</param>
    /// <param name="patience">How long a call is repeated; an election takes some seconds.</param>
    public Cluster(EventStoreSettings settings, TimeSpan? patience = null)
    {
        this.settings = settings;
        this.patience = patience ?? TimeSpan.FromSeconds(15);
        channels = new Channels(settings);
        discovery = new Discovery(settings, channels);
    }

    /// <summary>Something that is asked of the leader; whatever goes wrong on the way, it is asked again for a while.</summary>
    /// <param name="call">The call; gets when it must be over (by the settings), and what is sent with it.</param>
    /// <param name="endsByItself">Whether it has a deadline: appends, not reads.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="LogAwayException">The cluster is away for longer, or refuses.</exception>
    public async Task<T> Ask<T>(Func<Streams.StreamsClient, CallOptions, Task<T>> call, bool endsByItself, CancellationToken cancellation)
    {
        var until = DateTime.UtcNow + patience;
        for (var attempt = 0; ; attempt++)
        {
            DnsEndPoint? node = null;
            LogAwayException why;
            try
            {
                node = await Leader(cancellation);
                var answer = await call(new Streams.StreamsClient(channels.To(node)), Options(true, endsByItself, cancellation));
                met = true;
                return answer;
            }
            catch (RpcException failure) when (node is not null && !cancellation.IsCancellationRequested)
            {
                why = Failures.Sentence(failure, node);
                if (!TurnFrom(node, failure))
                    throw why;
                met |= Failures.Of(failure) == Failures.Remedy.GoElsewhere;
            }
            catch (RpcException) when (cancellation.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancellation);
            }
            catch (LogAwayException away)
            {
                why = away;
            }
            if (DateTime.UtcNow > until || !met) // who was never there is not about to come back: say so at once
                throw why;
            await Task.Delay(Pause(attempt), cancellation);
        }
    }

    /// <summary>A subscription at the node that is preferred. It ends with an exception, whatever the reason; to begin anew is the caller's.</summary>
    public async Task Follow(ReadReq request, Action<ReadResp> heard, CancellationToken cancellation)
    {
        var node = settings.Preference == NodePreference.Leader ? await Leader(cancellation) : await discovery.Find(settings.Preference, cancellation);
        try
        {
            using var call = new Streams.StreamsClient(channels.To(node)).Read(request, Options(settings.Preference == NodePreference.Leader, endsByItself: false, cancellation));
            await foreach (var response in call.ResponseStream.ReadAllAsync(cancellation))
            {
                met = true;
                heard(response);
            }
            throw new LogAwayException($"EventStoreDB at {node.Host}:{node.Port} ended the subscription.");
        }
        catch (RpcException failure)
        {
            TurnFrom(node, failure);
            throw Failures.Sentence(failure, node);
        }
    }

    public void Dispose() => channels.Dispose();

    private async Task<DnsEndPoint> Leader(CancellationToken cancellation)
    {
        if (leader is { } known)
            return known;
        using var turn = await turns.Take(cancellation);
        leader ??= await discovery.Find(NodePreference.Leader, cancellation);
        met |= settings.Discover; // somebody answered
        return leader;
    }

    // Whether to try again. Only who still takes that node for the leader forgets it: another call may have found the next one already.
    private bool TurnFrom(DnsEndPoint node, RpcException failure)
    {
        var remedy = Failures.Of(failure);
        if (remedy != Failures.Remedy.None)
            Interlocked.CompareExchange(ref leader, remedy == Failures.Remedy.GoElsewhere ? Failures.Leader(failure) : null, node);
        return remedy != Failures.Remedy.None;
    }

    private static TimeSpan Pause(int attempt) =>
        TimeSpan.FromMilliseconds(Math.Min(LongestPause.TotalMilliseconds, 20 * Math.Pow(2, Math.Min(attempt, 10))) * (0.5 + Random.Shared.NextDouble()));

    private CallOptions Options(bool fromLeader, bool endsByItself, CancellationToken cancellation)
    {
        var headers = new Metadata { { "requires-leader", fromLeader ? "True" : "False" }, { "connection-name", settings.ConnectionName } };
        if (settings.Authorization is { } secret)
            headers.Add("authorization", secret.Value);
        return new CallOptions(headers, endsByItself && settings.Deadline is { } limit ? DateTime.UtcNow + limit : null, cancellation);
    }
}
