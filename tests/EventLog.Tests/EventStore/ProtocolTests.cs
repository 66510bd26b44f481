using Debci.EventLog.EventStore.Protocol;
using Google.Protobuf.Reflection;

namespace Debci.EventLog.Tests.EventStore;

/// <summary>Names of services and numbers of fields are a server's: nobody may renumber them, and the double would not notice.</summary>
public sealed class ProtocolTests
{
    [Theory]
    [InlineData("event_store.client.UUID", "structured=1 string=2")]
    [InlineData("event_store.client.UUID.Structured", "msb=1 lsb=2")]
    [InlineData("event_store.client.StreamIdentifier", "stream_name=3")]
    [InlineData("event_store.client.streams.ReadReq", "options=1")]
    [InlineData("event_store.client.streams.ReadReq.Options", "stream=1 all=2 read_direction=3 resolve_links=4 count=5 subscription=6 filter=7 no_filter=8 uuid_option=9 control_option=10")]
    [InlineData("event_store.client.streams.ReadReq.StreamOptions", "stream_identifier=1 revision=2 start=3 end=4")]
    [InlineData("event_store.client.streams.ReadReq.AllOptions", "position=1 start=2 end=3")]
    [InlineData("event_store.client.streams.ReadReq.Position", "commit_position=1 prepare_position=2")]
    [InlineData("event_store.client.streams.ReadReq.FilterOptions", "stream_identifier=1 event_type=2 max=3 count=4 checkpoint_interval_multiplier=5")]
    [InlineData("event_store.client.streams.ReadReq.Expression", "regex=1 prefix=2")]
    [InlineData("event_store.client.streams.ReadReq.UuidOption", "structured=1 string=2")]
    [InlineData("event_store.client.streams.ReadReq.ControlOption", "compatibility=1")]
    [InlineData("event_store.client.streams.ReadResp", "event=1 confirmation=2 checkpoint=3 stream_not_found=4 first_stream_position=5 last_stream_position=6 last_all_stream_position=7 caught_up=8 fell_behind=9")]
    [InlineData("event_store.client.streams.ReadResp.ReadEvent", "event=1 link=2 commit_position=3 no_position=4")]
    [InlineData("event_store.client.streams.ReadResp.Recorded", "id=1 stream_identifier=2 stream_revision=3 prepare_position=4 commit_position=5 metadata=6 custom_metadata=7 data=8")]
    [InlineData("event_store.client.streams.AppendReq", "options=1 proposed_message=2")]
    [InlineData("event_store.client.streams.AppendReq.Options", "stream_identifier=1 revision=2 no_stream=3 any=4 stream_exists=5")]
    [InlineData("event_store.client.streams.AppendReq.ProposedMessage", "id=1 metadata=2 custom_metadata=3 data=4")]
    [InlineData("event_store.client.streams.AppendResp", "success=1 wrong_expected_version=2")]
    [InlineData("event_store.client.streams.AppendResp.Success", "current_revision=1 no_stream=2 position=3 no_position=4")]
    [InlineData("event_store.client.streams.AppendResp.WrongExpectedVersion", "current_revision=6 current_no_stream=7 expected_revision=8 expected_any=9 expected_stream_exists=10 expected_no_stream=11")]
    [InlineData("event_store.client.gossip.ClusterInfo", "members=1")]
    [InlineData("event_store.client.gossip.MemberInfo", "instance_id=1 time_stamp=2 state=3 is_alive=4 http_end_point=5")]
    [InlineData("event_store.client.gossip.EndPoint", "address=1 port=2")]
    public void Fields_have_the_numbers_of_the_protocol(string message, string fields)
    {
        var files = new[] { SharedReflection.Descriptor, StreamsReflection.Descriptor, GossipReflection.Descriptor };
        var type = files.SelectMany(f => f.MessageTypes).SelectMany(Nested).Single(m => m.FullName == message);
        Assert.Equal(fields, string.Join(' ', type.Fields.InFieldNumberOrder().Select(f => $"{f.Name}={f.FieldNumber}")));
    }

    [Fact]
    public void Services_have_the_names_of_the_protocol()
    {
        var methods = new[] { StreamsReflection.Descriptor, GossipReflection.Descriptor }.SelectMany(f => f.Services).SelectMany(s => s.Methods);
        Assert.Equal(["event_store.client.streams.Streams.Read", "event_store.client.streams.Streams.Append", "event_store.client.gossip.Gossip.Read"], methods.Select(m => m.FullName));
    }

    private static IEnumerable<MessageDescriptor> Nested(MessageDescriptor message) => message.NestedTypes.SelectMany(Nested).Prepend(message);
}
