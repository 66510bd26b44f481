using Debci.EventLog.EventStore;
using Debci.EventLog.EventStore.Protocol;
using Debci.Playground.EventStore;
using Grpc.Core;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>What a server answered (EventStoreDB 23.10.8), the double answers too: so that what was shown on it holds of a server.</summary>
public sealed class AnswersTests
{
    private readonly string stream = $"answers-{Guid.NewGuid():N}";
    private readonly Guid[] ids = [.. Enumerable.Range(0, 6).Select(_ => Guid.NewGuid())];

    [Fact]
    public async Task The_double_answers_as_a_server_does()
    {
        await using var cluster = await EventStoreDouble.Start();
        await Try($"{cluster.ConnectionTo(0)}");
        Assert.Equal(["$all is read from a place where an event begins"], cluster.Mistakes.Distinct()); // it was asked to
    }

    [EventStoreFact]
    public Task The_server_that_is_named_answers_so() => Try(Environment.GetEnvironmentVariable(EventStoreFactAttribute.Variable)!);

    private async Task Try(string connection)
    {
        var settings = EventStoreSettings.Parse(connection);
        using var channels = new Channels(settings);
        var leader = await new Discovery(settings, channels).Find(NodePreference.Leader, CancellationToken.None);
        var headers = new Metadata { { "requires-leader", "True" } };
        if (settings.Authorization is { } secret)
            headers.Add("authorization", secret.Value);
        var server = new Server(new Streams.StreamsClient(channels.To(leader)), headers);
        await RepeatedAppends(server);
        await StreamsAndTheirEnds(server);
        await PlacesOfTheLog(server);
    }

    private async Task RepeatedAppends(Server server)
    {
        var first = (await server.Append(stream, 0, ids[..3])).Success;
        Assert.Equal(2ul, first.CurrentRevision);
        Assert.Equal(first, (await server.Append(stream, 0, ids[..3])).Success);
        var fourth = (await server.Append(stream, 3, ids[3..4])).Success;
        Assert.Equal(first, (await server.Append(stream, 0, ids[..3])).Success); // also with others behind
        Assert.Equal(1ul, (await server.Append(stream, 0, ids[..2])).Success.CurrentRevision); // its end is that of what was repeated
        Assert.Equal(first, (await server.Append(stream, 1, ids[1..3])).Success);
        Assert.Equal(fourth, (await server.Append(stream, 0, ids[..4])).Success);
        Conflict(new() { CurrentRevision = 3, ExpectedNoStream = new() }, await server.Append(stream, 0, [.. ids[..3], ids[4]]));
        Conflict(new() { CurrentRevision = 3, ExpectedRevision = 8 }, await server.Append(stream, 9, ids[4..5]));
        Conflict(new() { CurrentNoStream = new(), ExpectedRevision = 2 }, await server.Append($"{stream}-none", 3, ids[4..5]));
        Assert.Equal(4ul, (await server.Append(stream, 4, ids[3..4])).Success.CurrentRevision); // behind its end the same id is another event
    }

    private async Task StreamsAndTheirEnds(Server server)
    {
        var all = await server.Read(Of(stream, 0));
        Assert.Equal([0, 1, 2, 3, 4], all[..5].Select(r => (int)r.Event.Event.StreamRevision));
        Assert.All(all[..5], r => Assert.Equal((r.Event.CommitPosition, r.Event.CommitPosition), (r.Event.Event.CommitPosition, r.Event.Event.PreparePosition)));
        Assert.Equal([new ReadResp { LastStreamPosition = 4 }], all[5..]);
        Assert.Equal([new ReadResp { FirstStreamPosition = 5 }, new ReadResp { LastStreamPosition = 4 }], await server.Read(Of(stream, 50)));
        Assert.Equal(ReadResp.ContentOneofCase.StreamNotFound, Assert.Single(await server.Read(Of($"{stream}-none", 0))).ContentCase);
    }

    private async Task PlacesOfTheLog(Server server)
    {
        var place = (await server.Append(stream, 5, ids[5..6])).Success.Position.CommitPosition;
        Assert.Equal(place, (await server.Read(From(place)))[0].Event.CommitPosition);
        foreach (var between in new[] { place + 1, place - 1, place + 7 })
            Assert.Contains(await NoEvent(server, between), new[] { "", "Unknown: Unexpected FilteredReadAllResult: Error" }); // it depends on the bytes that lie there
        Assert.Empty(await server.Read(From(long.MaxValue)));
        Assert.Equal((StatusCode.InvalidArgument, "Maximum Append Size of 1048576 Exceeded."), await Refused(() => server.Append(stream, 6, [Guid.NewGuid()], new byte[1_200_000])));
    }

    // By what is known of it: a server says the same in fields of older versions too.
    private static void Conflict(AppendResp.Types.WrongExpectedVersion expected, AppendResp answer) => Assert.Equal($"{expected}", $"{answer.WrongExpectedVersion}");

    private static ReadReq.Types.Options Of(string stream, ulong revision) => new() { Stream = new() { StreamIdentifier = Wire.Stream(stream), Revision = revision }, Count = 10 };

    private static ReadReq.Types.Options From(ulong position) =>
        new() { All = new() { Position = new() { CommitPosition = position, PreparePosition = position } }, Count = 3, Filter = Wire.Filter() };

    private static async Task<string> NoEvent(Server server, ulong position)
    {
        try
        {
            return string.Join(' ', await server.Read(From(position)));
        }
        catch (RpcException failure)
        {
            return $"{failure.StatusCode}: {failure.Status.Detail}";
        }
    }

    private static async Task<(StatusCode, string)> Refused(Func<Task> call)
    {
        var failure = await Assert.ThrowsAsync<RpcException>(call);
        return (failure.StatusCode, failure.Status.Detail);
    }

    private sealed class Server(Streams.StreamsClient client, Metadata headers)
    {
        private CallOptions Options => new(headers, DateTime.UtcNow.AddSeconds(30));

        public Task<AppendResp> Append(string stream, long expected, Guid[] ids, byte[]? data = null) =>
            new Appending(stream, expected, ids, [.. ids.Select(id => Wire.Proposed(id, "answers.v1", data ?? "{}"u8.ToArray(), "{}"u8.ToArray()))]).Send(client, Options);

        public async Task<List<ReadResp>> Read(ReadReq.Types.Options options)
        {
            using var call = client.Read(Wire.Read(options), Options);
            var responses = new List<ReadResp>();
            await foreach (var response in call.ResponseStream.ReadAllAsync())
                responses.Add(response);
            return responses;
        }
    }
}
