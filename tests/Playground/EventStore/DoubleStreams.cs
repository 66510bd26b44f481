using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Debci.EventLog.EventStore;
using Debci.EventLog.EventStore.Protocol;
using Google.Protobuf;
using Grpc.Core;

namespace Debci.Playground.EventStore;

/// <summary>The streams of a node: appends and reads by a server's rules, and every mistake of a client written down.</summary>
internal sealed class DoubleStreams(DoubleNode node) : Streams.StreamsBase
{
    private const int MaxAppendBytes = 1 << 20;

    private EventStoreDouble Cluster => node.Cluster;

    private DoubleLog Log => node.Cluster.Log;

    public override async Task<AppendResp> Append(IAsyncStreamReader<AppendReq> requestStream, ServerCallContext context)
    {
        Admit(context);
        Check(context.Deadline < DateTime.MaxValue, "an append has a deadline");
        AppendReq.Types.Options? options = null;
        var events = new List<(Guid, string, byte[], byte[])>();
        await foreach (var message in requestStream.ReadAllAsync())
        {
            if (message.ContentCase == AppendReq.ContentOneofCase.Options)
            {
                Check(options is null && events.Count == 0, "the options come once, and first");
                options = message.Options;
                continue;
            }
            var proposed = message.ProposedMessage;
            Check(proposed.Metadata.Count == 2 && proposed.Metadata.ContainsKey("type") && proposed.Metadata["content-type"] == "application/json", "an event has its type, and the type of its content");
            events.Add((Wire.Guid(proposed.Id), proposed.Metadata["type"], proposed.CustomMetadata.ToByteArray(), proposed.Data.ToByteArray()));
        }
        Check(events.Count > 0 && events.Select(e => e.Item1).Distinct().Count() == events.Count, "an append has events, each with an id of its own");
        if (events.Sum(e => e.Item3.Length + e.Item4.Length) > MaxAppendBytes)
            throw Refusal(StatusCode.InvalidArgument, $"Maximum Append Size of {MaxAppendBytes} Exceeded.", ("exception", "maximum-append-size-exceeded"), ("maximum-append-size", $"{MaxAppendBytes}"));
        return await Store(options!, events, context);
    }

    public override async Task Read(ReadReq request, IServerStreamWriter<ReadResp> responseStream, ServerCallContext context)
    {
        Admit(context);
        var options = request.Options;
        Check(options.UuidOption is not null && options.FilterOptionCase != ReadReq.Types.Options.FilterOptionOneofCase.None, "a read says how it wants ids, and whether it filters");
        if (options.StreamOptionCase == ReadReq.Types.Options.StreamOptionOneofCase.Stream)
            await ReadStream(options, responseStream);
        else if (options.CountOptionCase == ReadReq.Types.Options.CountOptionOneofCase.Subscription)
            await Follow(options, responseStream, context.CancellationToken);
        else
            await ReadAll(options, responseStream, context.CancellationToken);
    }

    private async Task<AppendResp> Store(AppendReq.Types.Options options, List<(Guid, string, byte[], byte[])> events, ServerCallContext context)
    {
        Check(options.ExpectedStreamRevisionCase is AppendReq.Types.Options.ExpectedStreamRevisionOneofCase.NoStream or AppendReq.Types.Options.ExpectedStreamRevisionOneofCase.Revision,
            "an append expects an exact revision, or no stream");
        if (Cluster.Takes(Fault.BeforeStored))
            context.GetHttpContext().Abort();
        context.CancellationToken.ThrowIfCancellationRequested();
        var outcome = Log.Append(options.StreamIdentifier.StreamName.ToStringUtf8(),
            options.ExpectedStreamRevisionCase == AppendReq.Types.Options.ExpectedStreamRevisionOneofCase.NoStream ? -1 : (long)options.Revision, events);
        if (Cluster.Takes(Fault.AfterStored))
            context.GetHttpContext().Abort(); // stored, and nobody is told
        if (Cluster.Takes(Fault.LeaderDiesAfterStored))
        {
            context.GetHttpContext().Abort();
            await Cluster.Elect();
        }
        return outcome.Position is { } position
            ? new AppendResp { Success = new() { CurrentRevision = (ulong)outcome.Last, Position = new() { CommitPosition = (ulong)position, PreparePosition = (ulong)position } } }
            : Conflict(options, outcome.Last);
    }

    private static AppendResp Conflict(AppendReq.Types.Options options, long last)
    {
        var conflict = new AppendResp.Types.WrongExpectedVersion();
        if (last < 0)
            conflict.CurrentNoStream = new();
        else
            conflict.CurrentRevision = (ulong)last;
        if (options.ExpectedStreamRevisionCase == AppendReq.Types.Options.ExpectedStreamRevisionOneofCase.NoStream)
            conflict.ExpectedNoStream = new();
        else
            conflict.ExpectedRevision = options.Revision;
        return new AppendResp { WrongExpectedVersion = conflict };
    }

    private async Task ReadStream(ReadReq.Types.Options options, IServerStreamWriter<ReadResp> responses)
    {
        Check(options.Count > 0, "a read wants something");
        var events = Log.Stream(options.Stream.StreamIdentifier.StreamName.ToStringUtf8(), (long)options.Stream.Revision, (int)Math.Min(options.Count, int.MaxValue));
        if (events is null)
        {
            await responses.WriteAsync(new ReadResp { StreamNotFound = new() { StreamIdentifier = options.Stream.StreamIdentifier } });
            return;
        }
        var last = Log.LastRevision(options.Stream.StreamIdentifier.StreamName.ToStringUtf8());
        if (events.Count == 0)
            await responses.WriteAsync(new ReadResp { FirstStreamPosition = (ulong)last + 1 });
        foreach (var e in events)
            await responses.WriteAsync(Response(e));
        if (events.Count == 0 || events[^1].Revision == last)
            await responses.WriteAsync(new ReadResp { LastStreamPosition = (ulong)last }); // as with compatibility 1
    }

    private async Task ReadAll(ReadReq.Types.Options options, IServerStreamWriter<ReadResp> responses, CancellationToken cancellation)
    {
        var backwards = options.ReadDirection == ReadReq.Types.ReadDirection.Backwards;
        var from = Start(options);
        var passes = new Regex(options.Filter.EventType.Regex);
        var events = backwards ? Log.Backwards(from) : Log.Forwards(from, node.Behind ?? Log.Count);
        var left = options.Count;
        foreach (var e in events.Where(e => passes.IsMatch(e.Type)))
        {
            if (left-- == 0)
                return;
            cancellation.ThrowIfCancellationRequested();
            await responses.WriteAsync(Response(e), cancellation);
        }
    }

    private async Task Follow(ReadReq.Types.Options options, IServerStreamWriter<ReadResp> responses, CancellationToken cancellation)
    {
        var passes = new Regex(options.Filter.EventType.Regex);
        var checkpoint = options.Filter.Max * options.Filter.CheckpointIntervalMultiplier;
        var (at, scanned) = (Start(options), 0L);
        await responses.WriteAsync(new ReadResp { Confirmation = new() { SubscriptionId = Guid.NewGuid().ToString() } }, cancellation);
        await responses.WriteAsync(new ReadResp { CaughtUp = new() }, cancellation);
        while (true)
        {
            await Log.MoreThan(at).WaitAsync(cancellation);
            foreach (var e in Log.Forwards(at, node.Behind ?? int.MaxValue))
            {
                at++;
                if (passes.IsMatch(e.Type))
                    await responses.WriteAsync(Response(e), cancellation);
                else if (++scanned % checkpoint == 0)
                    await responses.WriteAsync(new ReadResp { Checkpoint = new() { CommitPosition = (ulong)e.Position, PreparePosition = (ulong)e.Position } }, cancellation);
            }
            if (node.Behind is { } limit && at >= limit)
            {
                await responses.WriteAsync(new ReadResp { FellBehind = new() }, cancellation);
                await Cluster.CaughtUp(node).WaitAsync(cancellation);
            }
        }
    }

    private int Start(ReadReq.Types.Options options)
    {
        switch (options.All.AllOptionCase)
        {
            case ReadReq.Types.AllOptions.AllOptionOneofCase.Start:
                return 0;
            case ReadReq.Types.AllOptions.AllOptionOneofCase.End:
                return node.Behind ?? Log.Count;
            default:
                var at = options.All.Position;
                Check(at.CommitPosition == at.PreparePosition, "a position's two numbers are alike");
                var index = Log.IndexOf((long)at.CommitPosition);
                if (index >= 0)
                    return index;
                if ((long)at.CommitPosition >= Log.End)
                    return Log.Count;
                if (!Log.WasCut) // then a client cannot know better
                    Log.Mistakes.Enqueue("$all is read from a place where an event begins");
                if (at.CommitPosition % 3 == 0) // a server takes bytes that lie there for a length, which may lead behind the end
                    return Log.Count;
                throw Refusal(StatusCode.Unknown, "Unexpected FilteredReadAllResult: Error");
        }
    }

    private void Admit(ServerCallContext context)
    {
        Check(context.RequestHeaders.GetValue("requires-leader") is "True" or "False", "a call says whether it needs the leader");
        if (Cluster.Credentials is { } wanted && context.RequestHeaders.GetValue("authorization") != $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(wanted))}")
            throw new RpcException(new Status(StatusCode.Unauthenticated, ""));
        if (Cluster.DeniesAccess)
            throw Refusal(StatusCode.PermissionDenied, "Access Denied", ("exception", "access-denied"));
        if (context.RequestHeaders.GetValue("requires-leader") != "True" || Cluster.Leader == node)
            return;
        throw Cluster.Leader is { } leader
            ? Refusal(StatusCode.NotFound, "Leader info available", ("exception", "not-leader"), ("leader-endpoint-host", "127.0.0.1"), ("leader-endpoint-port", $"{leader.Port}"))
            : Refusal(StatusCode.Unavailable, "Server Is Not Ready");
    }

    private void Check(bool holds, string rule)
    {
        if (!holds)
            throw Mistake(rule);
    }

    private RpcException Mistake(string rule)
    {
        Log.Mistakes.Enqueue(rule);
        return new RpcException(new Status(StatusCode.InvalidArgument, $"A rule was broken: {rule}."));
    }

    private static RpcException Refusal(StatusCode code, string detail, params (string Key, string Value)[] trailers)
    {
        var metadata = new Metadata();
        foreach (var (key, value) in trailers)
            metadata.Add(key, value);
        return new RpcException(new Status(code, detail), metadata);
    }

    private static ReadResp Response(Stored e) => new()
    {
        Event = new()
        {
            CommitPosition = (ulong)e.Position,
            Event = new()
            {
                Id = Wire.Uuid(e.Id), StreamIdentifier = Wire.Stream(e.Stream), StreamRevision = (ulong)e.Revision,
                CommitPosition = (ulong)e.Position, PreparePosition = (ulong)e.Position,
                Metadata = { ["type"] = e.Type, ["content-type"] = "application/json", ["created"] = e.CreatedTicks.ToString(CultureInfo.InvariantCulture) },
                CustomMetadata = ByteString.CopyFrom(e.Headers), Data = ByteString.CopyFrom(e.Data),
            },
        },
    };
}
