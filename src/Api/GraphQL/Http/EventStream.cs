using System.Threading.Channels;
using GraphQL;

namespace Debci.Api.GraphQL.Http;

/// <summary>
/// graphql-sse: each result is an event <c>next</c>, the end an event <c>complete</c>, and a comment now and then keeps the connection.
/// </summary>
internal static class EventStream
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(15);

    public static async Task Write(HttpContext http, ExecutionResult result, Pace pace, IGraphQLTextSerializer serializer)
    {
        http.Response.ContentType = "text/event-stream; charset=utf-8";
        http.Response.Headers.CacheControl = "no-store";
        http.Response.Headers["X-Accel-Buffering"] = "no"; // or a web server in front would hold events back
        if (result.Streams?.Values.FirstOrDefault() is { } stream)
            await Follow(http, stream, pace, serializer);
        else
            await Send(http, "next", serializer.Serialize(result));
        await Send(http, "complete", "");
    }

    private static async Task Follow(HttpContext http, IObservable<ExecutionResult> stream, Pace pace, IGraphQLTextSerializer serializer)
    {
        var results = Channel.CreateUnbounded<ExecutionResult>(); // the pace bounds it
        var observer = new Observer(results.Writer);
        using var subscription = stream.Subscribe(observer);
        await http.Response.Body.FlushAsync(http.RequestAborted); // the client sees that it is subscribed
        var next = results.Reader.WaitToReadAsync(http.RequestAborted).AsTask();
        while (true)
        {
            if (await Task.WhenAny(next, Task.Delay(Beat, http.RequestAborted)) != next)
            {
                await Comment(http);
                continue;
            }
            if (!await next)
                break;
            while (results.Reader.TryRead(out var result))
            {
                await Send(http, "next", serializer.Serialize(result));
                pace.Sent();
            }
            next = results.Reader.WaitToReadAsync(http.RequestAborted).AsTask();
        }
        if (observer.End is { } end)
            await Send(http, "next", serializer.Serialize(new ExecutionResult { Errors = [end] }));
    }

    private static async Task Comment(HttpContext http)
    {
        await http.Response.WriteAsync(":\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private static async Task Send(HttpContext http, string name, string json)
    {
        await http.Response.WriteAsync($"event: {name}\ndata: {json}\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
    }

    private sealed class Observer(ChannelWriter<ExecutionResult> results) : IObserver<ExecutionResult>
    {
        /// <summary>Why the stream ended before its time; sent behind all that came before it.</summary>
        public ExecutionError? End { get; private set; }

        public void OnNext(ExecutionResult value) => results.TryWrite(value);

        public void OnError(Exception error)
        {
            End ??= FeedEnd.Of(error);
            results.TryComplete();
        }

        public void OnCompleted() => results.TryComplete();
    }
}
