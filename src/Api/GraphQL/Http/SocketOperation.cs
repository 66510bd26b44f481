using System.Text.Json;
using System.Threading.Channels;
using Debci.Api.Keys;
using GraphQL;
using GraphQL.Transport;

namespace Debci.Api.GraphQL.Http;

/// <summary>Messages of the server.</summary>
internal static class SocketAnswer
{
    /// <summary>A message as JSON.</summary>
    /// <param name="type">Its type.</param>
    /// <param name="id">The operation's id, where it belongs to one.</param>
    /// <param name="payload">JSON already.</param>
    public static string Of(string type, string? id = null, string? payload = null) =>
        $"{{\"type\":\"{type}\"{(id is null ? "" : $",\"id\":{JsonSerializer.Serialize(id)}")}{(payload is null ? "" : $",\"payload\":{payload}")}}}";
}

/// <summary>One operation of a WebSocket, from <c>subscribe</c> to <c>complete</c> by either side.</summary>
/// <param name="id">The client's id for it.</param>
/// <param name="queue">Where its results go.</param>
/// <param name="server">What executes it.</param>
/// <param name="stop">Ends its execution.</param>
/// <param name="leave">Frees its id; false when the client has ended it already, and is to hear no more of it.</param>
/// <param name="over">Told when it has said all.</param>
internal sealed class SocketOperation(
    string id, SocketQueue queue, SocketServer server, CancellationTokenSource stop, Func<SocketOperation, bool> leave, Action over) : IObserver<ExecutionResult>
{
    private IDisposable? subscription;
    private readonly Pace pace = new();
    private Task told = Task.CompletedTask; // results are told in order, each when there is room
    private int ended;

    /// <summary>Executes it, and follows it when it is a subscription.</summary>
    public async Task Run(GraphQLRequest request, Caller caller)
    {
        try
        {
            var result = await server.Operations.Execute(request, caller, pace, server.Services, readOnly: false, stop.Token);
            if (result.Streams?.Values.FirstOrDefault() is { } stream)
                Follow(stream);
            else if (result.Executed)
                await End(Next(result));
            else
                await End(SocketAnswer.Of("error", id, server.Serializer.Serialize(result.Errors)), completes: false);
        }
        catch (OperationCanceledException)
        {
            await End(null);
        }
    }

    /// <summary>Ends it without a word: the client has ended it, or is gone.</summary>
    public void Stop()
    {
        stop.Cancel();
        subscription?.Dispose();
        _ = End(null);
    }

    /// <inheritdoc/>
    public void OnNext(ExecutionResult value)
    {
        if (Volatile.Read(ref ended) == 0)
            told = Tell(told, Next(value));
    }

    /// <inheritdoc/>
    public void OnError(Exception error)
    {
        subscription?.Dispose();
        _ = End(Next(new ExecutionResult { Errors = [FeedEnd.Of(error)] }));
    }

    /// <inheritdoc/>
    public void OnCompleted() => _ = End(null);

    private void Follow(IObservable<ExecutionResult> stream)
    {
        subscription = stream.Subscribe(this);
        if (stop.IsCancellationRequested || Volatile.Read(ref ended) != 0)
            subscription.Dispose(); // it ended while it began
    }

    private string Next(ExecutionResult result) => SocketAnswer.Of("next", id, server.Serializer.Serialize(result));

    private async Task Tell(Task before, string message)
    {
        await before;
        try
        {
            await queue.Put(message);
            pace.Sent();
        }
        catch (ChannelClosedException)
        {
            // the connection is closed
        }
    }

    // The id is free before the client can read that it is; what is still to be told counts as running, so that it is bounded.
    private async Task End(string? last, bool completes = true)
    {
        if (Interlocked.Exchange(ref ended, 1) != 0)
            return;
        try
        {
            if (!leave(this))
                return;
            await told;
            if (last is not null)
                await queue.Put(last);
            if (completes)
                await queue.Put(SocketAnswer.Of("complete", id));
        }
        catch (ChannelClosedException)
        {
            // the connection is closed
        }
        finally
        {
            over();
        }
    }
}
