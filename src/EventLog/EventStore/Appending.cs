using Debci.EventLog.EventStore.Protocol;
using Grpc.Core;

namespace Debci.EventLog.EventStore;

/// <summary>An append as it goes over the wire: made once, sent as often as it takes.</summary>
internal sealed record Appending(string Stream, long Expected, IReadOnlyList<Guid> Ids, IReadOnlyList<AppendReq> Messages)
{
    /// <exception cref="ArgumentException">It holds nothing, or too much.</exception>
    public static Appending Of(string stream, long expected, IReadOnlyList<NewEvent> events)
    {
        var data = events.Select(e => EventCodec.Write(e.Data)).ToArray();
        var bytes = data.Sum(d => d.Length);
        if (events.Count == 0 || bytes > EventLogLimits.AppendBytes)
            throw new ArgumentException($"An append holds 1 event or more, and at most {EventLogLimits.AppendBytes} bytes of data; this one has {events.Count} events of {bytes} bytes.", nameof(events));
        return new(stream, expected, [.. events.Select(e => e.Id)],
            [.. events.Select((e, i) => Wire.Proposed(e.Id, StoredNames.Of(e.Data), data[i], EventCodec.WriteCommand(e.Command)))]);
    }

    /// <summary>Sends it, and takes the server's word.</summary>
    public async Task<AppendResp> Send(Streams.StreamsClient client, CallOptions options)
    {
        using var call = client.Append(options);
        try
        {
            await call.RequestStream.WriteAsync(new AppendReq { Options = Options() });
            foreach (var message in Messages)
                await call.RequestStream.WriteAsync(message);
            await call.RequestStream.CompleteAsync();
        }
        catch (Exception broken) when (broken is RpcException or HttpRequestException or InvalidOperationException or IOException or OperationCanceledException)
        {
            // The call ended before all was sent (it was refused, the server is away, the caller has gone): its end says why.
        }
        return await call.ResponseAsync;
    }

    private AppendReq.Types.Options Options()
    {
        var options = new AppendReq.Types.Options { StreamIdentifier = Wire.Stream(Stream) };
        if (Expected == 0)
            options.NoStream = new();
        else
            options.Revision = (ulong)Expected - 1;
        return options;
    }
}
